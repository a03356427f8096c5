"""Python's locks, measured as the bench measures its own.

    python3 locks.py multiprocessing|threading|queue[-bare|-loop] <contenders> <warm-up windows> <windows> <window ms>
    python3 locks.py multiprocessing-fate|queue-fate

"with lock:" is how Python takes a lock, and frees it whatever happens inside, as "finally" does in
the bench's own loop. "-bare" calls acquire and release with nothing to free the lock on an
exception, which is faster. "-loop" is the same loop and increment without a lock: what to subtract,
since the increment of a ctypes array alone takes 50 to 60 ns. "queue" is mutual exclusion by message:
a multiprocessing.Queue holds one token, and whoever has taken it out may count. "-fate" kills a holder
while a process waits, and prints a line for each promise tried.

N processes or threads add 1 to one shared counter under one lock; a window ends by each contender's
clock, looked at once per batch. Prints one JSON line per window and one with the CPU time of all.
"""

import json
import multiprocessing
import os
import queue
import resource
import signal
import sys
import threading
import time

LEAST_BATCH_NS = 150_000
LONGEST_BATCH_NS = 600_000
AIMED_BATCH_NS = 300_000
LARGEST_BATCH = 1 << 18
LARGEST_CONTENDED_BATCH = 256

# Everybody works before and after what counts, so that nobody who counts is without rivals.
LEAD_NS = 5_000_000
TAIL_NS = 2_000_000

# Rows of the results: what each contender reports about a window.
OPERATIONS, ALL, ARRIVED, BEGAN, ENDED = range(5)
ROWS = 5


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


def run_loop_batch(lock, counter, count):
    for _ in range(count):
        counter[0] += 1


BATCHES = {"": run_batch, "bare": run_bare_batch, "loop": run_loop_batch}


class TokenQueue:
    """A lock made of a queue: the token is in it, or with the one who holds it."""

    def __init__(self, kit):
        self.queue = kit.Queue(1)
        self.queue.put(None)

    def acquire(self, timeout=None):
        try:
            self.queue.get(timeout=timeout)
            return True
        except queue.Empty:
            return False

    def release(self):
        self.queue.put(None)

    def __enter__(self):
        self.queue.get()

    def __exit__(self, *_):
        self.queue.put(None)


class Pacer:
    """Runs batches and looks at the clock once per batch of 150 to 600 us."""

    def __init__(self, run_batch, lock, counter, contended):
        self.run_batch, self.lock, self.counter = run_batch, lock, counter
        self.batch = 1
        self.contended = contended
        self.largest = LARGEST_CONTENDED_BATCH if contended else LARGEST_BATCH

    def gather(self, index, window, begin_ns, competing):
        """Works until all compete; gives the operations and when counting begins, a lead later."""
        if self.contended:
            # A batch that fitted when rivals had gone would overrun the begin of the next window.
            self.batch = 1
        operations = 0
        while begin_ns[0] == 0:
            self.run_batch(self.lock, self.counter, 1)
            operations += 1
            competing[index] = window
            if index == 0 and all(each == window for each in competing):
                begin_ns[0] = time.monotonic_ns() + LEAD_NS
        return operations, begin_ns[0]

    def until(self, now, deadline):
        operations = 0
        while now < deadline:
            self.run_batch(self.lock, self.counter, self.batch)
            operations += self.batch
            before, now = now, time.monotonic_ns()
            took = now - before
            if took < LEAST_BATCH_NS:
                self.batch = min(self.largest, self.batch * 2)
            elif took > LONGEST_BATCH_NS:
                self.batch = max(1, self.batch * AIMED_BATCH_NS // took)
        return operations, now


def contend(index, run_batch, lock, counter, begin_ns, competing, window_ns, results, begin, end, windows):
    count = len(results) // ROWS
    pacer = Pacer(run_batch, lock, counter, count > 1)
    for window in range(windows):
        begin.wait()
        arrived = time.monotonic_ns()
        gathering, start = pacer.gather(index, window + 1, begin_ns, competing)
        before, began = pacer.until(time.monotonic_ns(), start)
        operations, ended = pacer.until(began, start + window_ns)
        after, _ = pacer.until(ended, start + window_ns + TAIL_NS)
        row = operations, gathering + before + operations + after, arrived, began, ended
        for which, value in enumerate(row):
            results[which * count + index] = value
        end.wait()


def cpu_us():
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(sum(usage.ru_utime + usage.ru_stime for usage in usages) * 1e6)


def window_line(count, counter, results, cpu):
    row = lambda which: list(results[which * count : (which + 1) * count])
    shares, arrived = row(OPERATIONS), row(ARRIVED)
    return json.dumps(
        {
            "operations": sum(shares),
            "all": sum(row(ALL)),
            "counted": counter[0],
            "wallNs": max(row(ENDED)) - min(row(BEGAN)),
            "startSkewNs": max(arrived) - min(arrived),
            "cpuUs": cpu,
            "shares": shares,
            "spansNs": [ended - began for began, ended in zip(row(BEGAN), row(ENDED))],
        }
    )


def processes():
    return multiprocessing.get_context("fork")


def new_lock(kind, kit):
    return TokenQueue(kit) if kind == "queue" else kit.Lock()


# A waiter that has not been granted by then never will be.
FATE_LIMIT_S = 5


def hold(lock, held):
    lock.acquire()
    held.set()
    signal.pause()


def wait_for_it(lock, waits, granted):
    waits.set()
    granted.value = lock.acquire(timeout=FATE_LIMIT_S)


def is_asleep(process):
    with open(f"/proc/{process.pid}/stat") as file:
        return ") S" in file.read()


def tell_fate(kind):
    kit = processes()
    lock, held, waits, granted = new_lock(kind, kit), kit.Event(), kit.Event(), kit.RawValue("b", 0)
    holder = kit.Process(target=hold, args=(lock, held), daemon=True)
    waiter = kit.Process(target=wait_for_it, args=(lock, waits, granted), daemon=True)
    holder.start()
    held.wait()
    waiter.start()
    waits.wait()
    while not is_asleep(waiter):
        time.sleep(0.001)
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    waiter.join()
    why = "" if granted.value else f"the waiter was not granted within {FATE_LIMIT_S} s"
    print(json.dumps({"case": "a terminated holder's lock goes to a waiter", "passed": bool(granted.value), "why": why}), flush=True)


def main():
    kind, _, how = sys.argv[1].partition("-") if len(sys.argv) in (2, 6) else ("", "", "")
    if kind in ("multiprocessing", "queue") and how == "fate":
        return tell_fate(kind)
    if kind not in ("multiprocessing", "threading", "queue") or how not in BATCHES or len(sys.argv) != 6:
        sys.exit("usage: locks.py multiprocessing|threading|queue[-bare|-loop] <contenders> <warm-up windows> <windows> <window ms>")
    count, warm_ups, measured, window_ms = map(int, sys.argv[2:])
    windows = warm_ups + measured
    if kind == "threading":
        kit, start = threading, threading.Thread
        counter, begin_ns, competing, results = [0], [0], [0] * count, [0] * (ROWS * count)
    else:
        kit = processes()
        start = kit.Process
        counter, begin_ns = kit.RawArray("I", 1), kit.RawArray("q", 1)
        competing, results = kit.RawArray("q", count), kit.RawArray("q", ROWS * count)
    lock = new_lock(kind, kit)
    begin, end = kit.Barrier(count + 1), kit.Barrier(count + 1)
    arguments = (BATCHES[how], lock, counter, begin_ns, competing, window_ms * 1_000_000, results, begin, end, windows)
    contenders = [start(target=contend, args=(index, *arguments), daemon=True) for index in range(count)]
    for contender in contenders:
        contender.start()
    for window in range(windows):
        counter[0] = 0
        cpu_before = cpu_us()
        begin_ns[0] = 0
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
