import { expect, test } from "vitest";
import { createMutex, workersAdapter as adapter } from "../src/index.ts";
import { runDeno } from "./deno.ts";

const PERMISSIONS = ["--allow-read", "--unstable-worker-options"];

async function play(scene: string, permissions: readonly string[] = PERMISSIONS): Promise<unknown> {
  const { code, stdout, stderr } = await runDeno("mutex", permissions, [scene]);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

test("a pending acquire keeps Deno alive, and a closed lock does not", async () => {
  expect(await play("nothing but a pending acquire")).toBe("granted");
});

test("a workload that is missing or throws while it loads fails in every contender, no time limit has to end the wait", async () => {
  expect(await play("a workload that throws while it loads")).toEqual([
    expect.stringContaining("Module not found"),
    expect.stringContaining("Module not found"),
    expect.stringContaining("not today"),
    expect.stringContaining("not today"),
  ]);
});

test("contenders without the right to read what they load say so, and no worker is left", async () => {
  const scene = "a contender whose module cannot be read";
  expect(await play(scene)).toMatch(/read access/);
});

test("a lock whose holder is seen to be gone is free and abandoned, not lost", async () => {
  expect(await play("permissions that can be seen in /proc", ["--allow-all"])).toEqual({
    abandoned: true,
  });
});

test("the package can be loaded elsewhere, where its launcher says which runtime it needs", async () => {
  expect(createMutex().guarantees.ownerDeath).toBe("lost");
  await expect(adapter.launcher!.start({ index: 0, onMessage: () => {} })).rejects.toMatchObject({
    code: "RUNTIME_MISSING",
  });
});

test("what a contender held is lost when it is killed, whatever number it has told later", async () => {
  expect(await play("a contender that says it is another")).toBe("LOCK_LOST");
});
