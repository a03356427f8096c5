import { type Noise, noiseBetween, readNoise } from "./noise.ts";
import { readSessionCpu, sessionCpuUs } from "./session-cpu.ts";

/** Ends a watch. @param toldUs - CPU time that contenders tell of themselves, for want of anything better */
export type EndOfWatch = (wallUs: number, toldUs: number, cores: number) => Noise;

/**
 * Begins to watch the machine around a session's work. To be called and ended while no contender works: the
 * counters of the machine are read next to the work, those of the session's processes outside of that. What
 * contenders tell leaves out what they do before and after their work, and one that was ended tells nothing.
 */
export function watchNoise(): EndOfWatch {
  const sessionBefore = readSessionCpu();
  const before = readNoise();
  return (wallUs, toldUs, cores) => {
    const after = readNoise();
    const sessionAfter = readSessionCpu();
    const isTold = sessionBefore === undefined || sessionAfter === undefined;
    const besideUs = isTold ? toldUs : sessionCpuUs(sessionBefore, sessionAfter);
    return noiseBetween(before, after, wallUs, besideUs, cores);
  };
}
