import { chmodSync, chownSync, existsSync, mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs"; // prettier-ignore
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultStateDirectory, openStateDirectory } from "../../src/state/index.ts";
import { asNobody, NOBODY } from "./as-nobody.ts";
import { errorOf, madeDirectory, testDirectory } from "./test-directory.ts";

const invalid = (why: string): object => ({
  code: "STATE_DIRECTORY_INVALID",
  message: expect.stringContaining(why),
});

describe("openStateDirectory", () => {
  it("is one directory per user on Linux, wherever and with whatever environment the process runs", () => {
    expect(defaultStateDirectory()).toBe(`/dev/shm/ticketlock-${process.getuid!()}`);
    const path = openStateDirectory();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(openStateDirectory()).toBe(path);
  });

  it("must be named elsewhere", () => {
    const { platform } = process;
    Object.defineProperty(process, "platform", { value: "darwin" });
    try {
      expect(errorOf(() => openStateDirectory())).toMatchObject(invalid("option stateDirectory"));
      expect(defaultStateDirectory()).toBe(undefined);
    } finally {
      Object.defineProperty(process, "platform", { value: platform });
    }
  });

  it("makes a missing directory for this user alone, whatever the umask", () => {
    for (const mask of [0o000, 0o022, 0o777]) {
      const path = join(testDirectory(), "state");
      const before = process.umask(mask);
      try {
        expect(openStateDirectory(path)).toBe(realpathSync(path));
      } finally {
        process.umask(before);
      }
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(openStateDirectory(`${path}/`)).toBe(realpathSync(path));
    }
  });

  it("is one directory also on the way through a link to its parent", () => {
    const parent = testDirectory();
    mkdirSync(join(parent, "real"));
    symlinkSync(join(parent, "real"), join(parent, "link"));
    expect(openStateDirectory(join(parent, "link", "state"))).toBe(
      openStateDirectory(join(parent, "real", "state")),
    );
  });

  it.each([0o750, 0o701, 0o777, 0o1777])("refuses one of mode %o, and leaves it so", (mode) => {
    const path = madeDirectory(mode);
    expect(errorOf(() => openStateDirectory(path))).toMatchObject(invalid("lets others in"));
    expect(statSync(path).mode & 0o7777).toBe(mode);
  });

  it("refuses a link, a file, and what has no parent", () => {
    const parent = testDirectory();
    symlinkSync(madeDirectory(0o700), join(parent, "link"));
    symlinkSync(join(parent, "nowhere"), join(parent, "dangling"));
    writeFileSync(join(parent, "file"), "", { mode: 0o600 });
    const refused = (name: string): unknown =>
      errorOf(() => openStateDirectory(join(parent, name)));
    expect(refused("link")).toMatchObject(invalid("it is a link"));
    expect(refused("dangling")).toMatchObject(invalid("it is a link"));
    expect(refused("file")).toMatchObject(invalid("not a directory"));
    expect(refused("missing/state")).toMatchObject(invalid("missing does not exist"));
    expect(existsSync(join(parent, "nowhere"))).toBe(false);
  });

  it.each(["", "state", "./state", "a\0b", 7, null])("refuses the path %j", (path) => {
    expect(errorOf(() => openStateDirectory(path as string))).toMatchObject(
      invalid("must be an absolute path"),
    );
  });

  it("refuses somebody else's, and one that somebody else could exchange", () => {
    const own = madeDirectory(0o700);
    if (process.getuid!() === 0) {
      expect(asNobody("openStateDirectory", own)).toMatch(
        /^STATE_DIRECTORY_INVALID .* belongs to user 0, not to user 65534/,
      );
      chownSync(own, NOBODY, NOBODY);
      expect(asNobody("openStateDirectory", own)).toBe(`${JSON.stringify(realpathSync(own))}\n`);
      expect(errorOf(() => openStateDirectory(own))).toMatchObject(invalid("belongs to user"));
      expect(errorOf(() => openStateDirectory(join(own, "state")))).toMatchObject(
        invalid("who could exchange it"),
      );
    }
    const shared = madeDirectory(0o777);
    expect(errorOf(() => openStateDirectory(join(shared, "state")))).toMatchObject(
      invalid("others may write to"),
    );
    chmodSync(shared, 0o1777); // as /tmp: nobody may take away what is another's
    expect(openStateDirectory(join(shared, "state"))).toBe(join(realpathSync(shared), "state"));
  });

  it("says so where it may not make it", () => {
    const parent = testDirectory();
    chmodSync(parent, 0o555);
    expect(asNobody("openStateDirectory", join(parent, "state"))).toMatch(
      /^(LOCK_UNAVAILABLE .*this user may not|STATE_DIRECTORY_INVALID)/,
    );
  });
});
