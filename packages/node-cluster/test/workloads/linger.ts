/** Never ends by itself. */
export default function linger(): Promise<never> {
  return new Promise(() => setInterval(() => undefined, 1_000));
}
