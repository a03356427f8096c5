/** Prints a line that never ends. */
const part = "x".repeat(2 ** 20);
const print = (): void => void process.stdout.write(part, print);
print();
process.stdin.resume();
