import { chmodSync, chownSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"; // prettier-ignore
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkLockName, claimName, fileStem, findName, isLockName } from "../../src/state/index.ts";
import { asNobody } from "./as-nobody.ts";
import { race } from "./racers.ts";
import { errorOf, testState } from "./test-directory.ts";

describe("claimName", () => {
  it("lets the first opener fix the kind, and refuses another by its name", () => {
    const directory = testState();
    expect(findName(directory, "orders")).toBe(undefined);
    const named = claimName(directory, "orders", "sqlite");
    expect(named).toEqual({ name: "orders", kind: "sqlite", path: join(directory, fileStem("orders")) }); // prettier-ignore
    expect(claimName(directory, "orders", "sqlite")).toEqual(named);
    expect(claimName(directory, "orders", () => "mapped")).toEqual(named); // no wish: what there is
    expect(findName(directory, "orders")).toEqual(named);
    expect(errorOf(() => claimName(directory, "orders", "mapped"))).toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringMatching(
        /lock orders as kind mapped: on this host it is of kind sqlite, .*Open it with kind sqlite, or without a kind; or use another name or state directory\.$/,
      ),
    });
    expect(claimName(directory, "Orders", "mapped").kind).toBe("mapped");
  });

  it("makes nothing where no kind can be chosen", () => {
    const directory = testState();
    const none = (): never => {
      throw new Error("none");
    };
    expect(errorOf(() => claimName(directory, "orders", none)).message).toBe("none");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("writes for this user alone, whatever the umask, and leaves nothing but the record", () => {
    const directory = testState();
    for (const mask of [0o000, 0o777]) {
      const before = process.umask(mask);
      claimName(directory, `orders-${mask}`, "ipc");
      process.umask(before);
    }
    expect(readdirSync(directory)).toHaveLength(2);
    for (const file of readdirSync(directory)) {
      expect(file).toMatch(/^[0-9a-f]{40}\.name$/);
      expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    }
  });

  it("has one winner when processes create a name at once, and never shows half a record", async () => {
    const directory = testState();
    const names = Array.from({ length: 300 }, (_, i) => `name-${i}`);
    const kinds = ["mapped", "ipc", "sqlite"];
    const outcomes = await Promise.all(
      (await race(directory, kinds, names)).map((racer) => racer.outcomes),
    );
    const winners = names.map((name) => findName(directory, name)!.kind);
    for (const [i, kind] of kinds.entries()) {
      expect(outcomes[i]).toEqual(
        winners.map((winner) => (winner === kind ? kind : "LOCK_UNSUPPORTED")),
      );
    }
    expect(readdirSync(directory)).toHaveLength(names.length);
  });

  const record = (text: string) => (path: string) => writeFileSync(path, text);
  it.each([
    ["empty", record(""), "not whole JSON"],
    ["half a record", record('{"ticketlock":1,"na'), "not whole JSON"],
    ["no object", record("null"), "not a JSON object"],
    ["of another version", record('{"ticketlock":2,"name":"orders","kind":"ipc"}'), "of another version than 1"],
    ["of another name", record('{"ticketlock":1,"name":"sorders","kind":"ipc"}'), "of another name"],
    ["without a kind", record('{"ticketlock":1,"name":"orders","kind":"../ipc"}'), "names no kind"],
    ["with more in it", record('{"ticketlock":1,"name":"orders","kind":"ipc","x":1}'), "not a lock's record"],
    ["with __proto__ in it", record('{"ticketlock":1,"name":"orders","__proto__":{"kind":"ipc"}}'), "not a lock's record"],
    ["too large", record(" ".repeat(10_000)), "more than 512 bytes"],
    ["open to others", (path: string) => chmodSync(path, 0o640), "lets others in"],
    ["a link", (path: string) => { renameSync(path, `${path}.moved`); symlinkSync(`${path}.moved`, path); }, "it is a link"],
    ["a directory", (path: string) => { rmSync(path); mkdirSync(path); }, "not a regular file"],
  ])("refuses a record that is %s, and leaves it", (_name, spoil, why) => {
    const directory = testState();
    const path = `${claimName(directory, "orders", "ipc").path}.name`;
    spoil(path);
    const before = readdirSync(directory);
    expect(errorOf(() => claimName(directory, "orders", "ipc"))).toMatchObject({
      code: "LOCK_CORRUPT",
      message: expect.stringContaining(why),
    });
    expect(readdirSync(directory)).toEqual(before);
  }); // prettier-ignore

  it("refuses a record of somebody else, which root may read", () => {
    const directory = testState();
    const path = `${claimName(directory, "orders", "ipc").path}.name`;
    if (process.getuid!() !== 0) return expect(asNobody("findName", directory, "orders")).toContain("ipc"); // prettier-ignore
    chownSync(path, 65_534, 65_534);
    expect(errorOf(() => findName(directory, "orders"))).toMatchObject({
      code: "LOCK_CORRUPT",
      message: expect.stringContaining("belongs to user 65534, not to user 0"),
    });
  });

  it("is LOCK_UNAVAILABLE where this user may not write", () => {
    const directory = testState();
    claimName(directory, "orders", "ipc");
    chmodSync(directory, 0o555); // root would not notice
    expect(asNobody("claimName", directory, "new", "ipc")).toMatch(/^LOCK_UNAVAILABLE .*may not/);
  });

  it("is not fooled by a second link to its record", () => {
    const directory = testState();
    const { path } = claimName(directory, "orders", "ipc");
    linkSync(`${path}.name`, join(directory, `${fileStem("sales")}.name`));
    expect(errorOf(() => findName(directory, "sales"))).toMatchObject({
      message: expect.stringContaining("record of another name"),
    });
    expect(readFileSync(`${path}.name`, "utf8")).toContain("orders");
  });
});

describe("isLockName and checkLockName", () => {
  it.each(["orders", "A", "9.x_y-z", "a".repeat(128)])("take %s", (name) => {
    expect(isLockName(name)).toBe(true);
    expect(checkLockName(name)).toBe(name);
  });
  it.each(["", "-a", ".a", "a/b", "../a", "a b", "a\n", "ä", "a".repeat(129), "#x", 7, null])(
    "refuse %j",
    (name) => {
      expect(isLockName(name)).toBe(false);
      const error = errorOf(() => checkLockName(name));
      expect(error.code).toBe("NAME_INVALID");
      expect(error.message.length).toBeLessThan(250);
    },
  );
});
