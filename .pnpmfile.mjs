// In the repository everything runs from source; what is published is built. pnpm puts
// publishConfig in place by itself, but knows nothing of the field that makes an adapter.
export const hooks = {
  beforePacking(manifest) {
    const { ticketlock } = manifest;
    if (ticketlock === undefined) return manifest;
    const built = ({ adapter, ...rest }) => ({
      ...rest,
      adapter: adapter.replace(/^\.\/src\/(.*)\.ts$/, "./dist/$1.js"),
    });
    return {
      ...manifest,
      ticketlock: Array.isArray(ticketlock) ? ticketlock.map(built) : built(ticketlock),
    };
  },
};
