import { describe, expect, test } from "vitest";
import { Rendezvous } from "../src/index.ts";

/** Comes to a meeting and tells whether it has taken place. */
function come(rendezvous: Rendezvous, name: string): { readonly met: () => boolean } {
  let met = false;
  void rendezvous.come(name).then(() => (met = true));
  return { met: () => met };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Rendezvous", () => {
  test("lets all go when the last has come, again and again", async () => {
    const rendezvous = new Rendezvous(2);
    for (let round = 0; round < 3; round++) {
      const first = come(rendezvous, "here");
      await turn();
      expect(first.met()).toBe(false);
      const second = come(rendezvous, "here");
      await turn();
      expect([first.met(), second.met()]).toEqual([true, true]);
    }
  });

  test("keeps meetings of different names apart", async () => {
    const rendezvous = new Rendezvous(2);
    const [here, there] = [come(rendezvous, "here"), come(rendezvous, "there")];
    await turn();
    expect([here.met(), there.met()]).toEqual([false, false]);
    come(rendezvous, "here");
    await turn();
    expect([here.met(), there.met()]).toEqual([true, false]);
  });

  test("does not wait for one who has left", async () => {
    const rendezvous = new Rendezvous(3);
    const [here, there] = [come(rendezvous, "here"), come(rendezvous, "there")];
    rendezvous.leave();
    await turn();
    expect([here.met(), there.met()]).toEqual([false, false]);
    rendezvous.leave();
    await turn();
    expect([here.met(), there.met()]).toEqual([true, true]);
  });

  test("lets a single party through at once", async () => {
    await expect(new Rendezvous(1).come("here")).resolves.toBeUndefined();
  });
});
