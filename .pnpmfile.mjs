// In the repository everything runs from source; what is published is built. pnpm puts
// publishConfig in place by itself, but knows nothing of the field that makes an adapter.
export const hooks = {
  beforePacking(manifest) {
    const adapter = manifest.ticketlock?.adapter;
    if (adapter === undefined) return manifest;
    const built = adapter.replace(/^\.\/src\/(.*)\.ts$/, "./dist/$1.js");
    return { ...manifest, ticketlock: { ...manifest.ticketlock, adapter: built } };
  },
};
