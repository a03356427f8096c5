import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { enterMember, identityOf, identityText, leftMembers, removeMembers } from "../../src/state/index.ts"; // prettier-ignore
import { kill, race } from "./racers.ts";
import { testState } from "./test-directory.ts";

describe("members of a path", () => {
  it("are left to the next owner until they have certainly ended", async () => {
    const path = join(testState(), "x");
    expect(leftMembers(path)).toEqual([]);
    const [one, two] = await race(testState(), ["own", "own"], []);
    const ids = [one!.process.pid!, two!.process.pid!];
    for (const id of ids) enterMember(path, id);
    const left = leftMembers(path);
    expect(left.map((member) => member.processId).toSorted()).toEqual(ids.toSorted());
    expect(left.map((member) => member.isGone())).toEqual([false, false]);
    await kill(one!);
    expect(leftMembers(path).map((member) => member.processId)).toEqual([ids[1]]);
    expect(readdirSync(`${path}.members`)).toHaveLength(1);
    await kill(two!);
    expect(left.map((member) => member.isGone())).toEqual([true, true]);
    expect(readdirSync(`${path}.members`)).toEqual([]);
  });

  it("stand there until each entry has been left", () => {
    const path = join(testState(), "x");
    const leave = [enterMember(path, process.pid), enterMember(path, process.pid)];
    leave[0]!();
    expect(leftMembers(path)).toHaveLength(1);
    leave[1]!();
    expect(leftMembers(path)).toEqual([]);
    enterMember(path, process.pid);
    removeMembers(path);
    expect(leftMembers(path)).toEqual([]);
  });

  it("are told from later processes of the same id, and from what is no record", () => {
    const path = join(testState(), "x");
    enterMember(path, process.pid)();
    const earlier = identityText({ ...identityOf(process.pid)!, startTime: "1" });
    for (const file of [earlier, "note", `${earlier}.tmp`])
      writeFileSync(join(`${path}.members`, file), "", { mode: 0o600 });
    expect(leftMembers(path)).toEqual([]);
    expect(readdirSync(`${path}.members`).toSorted()).toEqual([`${earlier}.tmp`, "note"]);
  });

  it("are none where the process has ended before", () => {
    const path = join(testState(), "x");
    enterMember(path, 2 ** 22 + 1)();
    expect(leftMembers(path)).toEqual([]);
  });
});
