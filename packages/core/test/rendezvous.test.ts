import { describe, expect, test } from "vitest";
import { Rendezvous } from "../src/index.ts";

/** A rendezvous that so many parties have joined. */
function rendezvousOf(parties: number): Rendezvous {
  const rendezvous = new Rendezvous();
  for (let party = 0; party < parties; party++) rendezvous.join(party);
  return rendezvous;
}

/** Comes to a meeting and tells whether it has taken place. */
function come(
  rendezvous: Rendezvous,
  party: number,
  name: string,
): { readonly met: () => boolean } {
  let met = false;
  void rendezvous.come(party, name).then(() => (met = true));
  return { met: () => met };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Rendezvous", () => {
  test("lets all go when the last has come, again and again", async () => {
    const rendezvous = rendezvousOf(2);
    for (let round = 0; round < 3; round++) {
      const first = come(rendezvous, 0, "here");
      await turn();
      expect(first.met()).toBe(false);
      const second = come(rendezvous, 1, "here");
      await turn();
      expect([first.met(), second.met()]).toEqual([true, true]);
    }
  });

  test("keeps meetings of different names apart", async () => {
    const rendezvous = rendezvousOf(2);
    const [here, there] = [come(rendezvous, 0, "here"), come(rendezvous, 1, "there")];
    await turn();
    expect([here.met(), there.met()]).toEqual([false, false]);
    come(rendezvous, 1, "here");
    await turn();
    expect([here.met(), there.met()]).toEqual([true, false]);
  });

  test("does not wait for one who has left", async () => {
    const rendezvous = rendezvousOf(3);
    const here = come(rendezvous, 0, "here");
    rendezvous.leave(1);
    await turn();
    expect(here.met()).toBe(false);
    rendezvous.leave(2);
    await turn();
    expect(here.met()).toBe(true);
  });

  test("does not count one who has come and left", async () => {
    const rendezvous = rendezvousOf(3);
    come(rendezvous, 0, "here");
    rendezvous.leave(0);
    const second = come(rendezvous, 1, "here");
    await turn();
    expect(second.met()).toBe(false);
    const third = come(rendezvous, 2, "here");
    await turn();
    expect([second.met(), third.met()]).toEqual([true, true]);
  });

  test("counts one who leaves twice once", async () => {
    const rendezvous = rendezvousOf(3);
    const first = come(rendezvous, 0, "here");
    rendezvous.leave(1);
    rendezvous.leave(1);
    await turn();
    expect(first.met()).toBe(false);
  });

  test("counts one who comes twice to one meeting once, and lets both calls go", async () => {
    const rendezvous = rendezvousOf(2);
    const twice = [come(rendezvous, 0, "here"), come(rendezvous, 0, "here")];
    await turn();
    expect(twice.map((one) => one.met())).toEqual([false, false]);
    come(rendezvous, 1, "here");
    await turn();
    expect(twice.map((one) => one.met())).toEqual([true, true]);
  });

  test("waits for one who joins while others wait", async () => {
    const rendezvous = rendezvousOf(2);
    const first = come(rendezvous, 0, "here");
    rendezvous.join(2);
    come(rendezvous, 1, "here");
    await turn();
    expect(first.met()).toBe(false);
    come(rendezvous, 2, "here");
    await turn();
    expect(first.met()).toBe(true);
  });

  test("refuses who has not joined", async () => {
    const code = "PROTOCOL_VIOLATION";
    await expect(rendezvousOf(1).come(1, "here")).rejects.toMatchObject({ code });
  });

  test("lets a single party through at once", async () => {
    await expect(rendezvousOf(1).come(0, "here")).resolves.toBeUndefined();
  });
});
