"""Python's locks, measured as the bench measures its own.

    python3 locks.py multiprocessing|threading[-bare] <contenders> <warm-up windows> <windows> <window ms>

"with lock:" is how Python takes a lock, and frees it whatever happens inside, as "finally" does in
the bench's own loop. "-bare" calls acquire and release with nothing to free the lock on an
exception, which is faster.

N processes or threads add 1 to one shared counter under one lock; a window ends by each contender's
clock, looked at once per batch. Prints one JSON line per window and one with the CPU time of all.
"""

import json
import multiprocessing
import resource
import sys
import threading
import time

LEAST_BATCH_NS = 150_000
LONGEST_BATCH_NS = 600_000
LARGEST_BATCH = 1 << 18

# Rows of the results: what each contender reports about a window.
OPERATIONS, STARTED, ENDED = range(3)


def run_batch(lock, counter, count):
    for _ in range(count):
        with lock:
            counter[0] += 1


def run_bare_batch(lock, counter, count):
    acquire, release = lock.acquire, lock.release
    for _ in range(count):
        acquire()
        counter[0] += 1
        release()


def contend(index, run_batch, lock, counter, deadline, results, begin, end, windows):
    count = len(results) // 3
    batch = 1
    for _ in range(windows):
        begin.wait()
        operations = 0
        started = before = time.monotonic_ns()
        while before < deadline[0]:
            run_batch(lock, counter, batch)
            operations += batch
            after = time.monotonic_ns()
            if after - before < LEAST_BATCH_NS:
                batch = min(LARGEST_BATCH, batch * 2)
            elif after - before > LONGEST_BATCH_NS:
                batch = max(1, batch // 2)
            before = after
        results[OPERATIONS * count + index] = operations
        results[STARTED * count + index] = started
        results[ENDED * count + index] = before
        end.wait()


def cpu_us():
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(sum(usage.ru_utime + usage.ru_stime for usage in usages) * 1e6)


def window_line(count, counter, results, cpu):
    row = lambda which: list(results[which * count : (which + 1) * count])
    shares, started, ended = row(OPERATIONS), row(STARTED), row(ENDED)
    return json.dumps(
        {
            "operations": sum(shares),
            "counted": counter[0],
            "wallNs": max(ended) - min(started),
            "startSkewNs": max(started) - min(started),
            "cpuUs": cpu,
            "shares": shares,
        }
    )


def main():
    kind, _, bare = sys.argv[1].partition("-") if len(sys.argv) == 6 else ("", "", "")
    if kind not in ("multiprocessing", "threading") or bare not in ("", "bare"):
        sys.exit("usage: locks.py multiprocessing|threading[-bare] <contenders> <warm-up windows> <windows> <window ms>")
    count, warm_ups, measured, window_ms = map(int, sys.argv[2:])
    windows = warm_ups + measured
    if kind == "threading":
        kit, start = threading, threading.Thread
        counter, deadline, results = [0], [0], [0] * (3 * count)
    else:
        kit = multiprocessing.get_context("fork")
        start = kit.Process
        counter, deadline, results = kit.RawArray("I", 1), kit.RawArray("q", 1), kit.RawArray("q", 3 * count)
    lock = kit.Lock()
    begin, end = kit.Barrier(count + 1), kit.Barrier(count + 1)
    arguments = (run_bare_batch if bare else run_batch, lock, counter, deadline, results, begin, end, windows)
    contenders = [start(target=contend, args=(index, *arguments), daemon=True) for index in range(count)]
    for contender in contenders:
        contender.start()
    for window in range(windows):
        counter[0] = 0
        cpu_before = cpu_us()
        deadline[0] = time.monotonic_ns() + window_ms * 1_000_000
        begin.wait()
        end.wait()
        if window >= warm_ups:
            # The CPU time of living children cannot be asked for: it counts once they have ended.
            cpu = cpu_us() - cpu_before if kit is threading else None
            print(window_line(count, counter, results, cpu), flush=True)
    for contender in contenders:
        contender.join()
    print(json.dumps({"done": True, "cpuUs": cpu_us()}), flush=True)


if __name__ == "__main__":
    main()
