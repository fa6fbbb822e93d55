"""Runs one job and tells what it cost: python measure.py STDOUT_FILE COMMAND... prints one JSON line; the job's own output goes to the file.

CPU seconds are user + sys of every process of the job, also of those that their parents left behind: this process adopts orphans
(Linux), ends those that outlive the job with SIGTERM, and waits for them, so their time counts. `peakBytes` is the peak of the sum of
the resident sizes, sampled ten times a second (pages that processes share count once for each). `processes` has each process's own
peak as the kernel keeps it, and its CPU seconds as seen last: up to a tenth of a second less than all. `load` is the machine's before
the job, `othersCpuS` what everything else on the machine used meanwhile: a run is undisturbed when that is about nothing.

Just before the job, memory is touched and freed: what a virtual machine has not used for some seconds its host may have taken back, and whoever
uses it next pays for that.
"""

import ctypes
import json
import mmap
import os
import resource
import signal
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
TICKS = os.sysconf("SC_CLK_TCK")
# About what a peer and its output take; less where less than twice of it is free.
TOUCHED_BYTES = 8 * 10**9


def descendants(pid):
    """Pids below `pid`, by the children files of /proc."""
    found, open_pids = [], [pid]
    while open_pids:
        parent = open_pids.pop()
        try:
            for thread in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{thread}/children") as file:
                    children = [int(word) for word in file.read().split()]
                found += children
                open_pids += children
        except OSError:
            continue  # it ended meanwhile
    return found


def resident_bytes(pid):
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def usage_of(pid):
    """Script, peak resident bytes and CPU seconds of a process; None when it ended meanwhile."""
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            words = file.read().split("\0")
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        with open(f"/proc/{pid}/status") as file:
            peaks = [line for line in file if line.startswith("VmHWM:")]
    except OSError:
        return None
    if not peaks:
        return None  # a zombie has no memory any more
    script = next((word for word in words if word.endswith((".js", ".mjs", ".py"))), words[0])
    return {
        "script": os.path.basename(script),
        "peakBytes": int(peaks[0].split()[1]) * 1024,
        "cpuS": (int(fields[11]) + int(fields[12])) / TICKS,
    }


def busy_seconds():
    """Of all cores, since the machine began: all but idle and waiting for disks. Guests are part of user and nice."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


def available_bytes():
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))


def touch_memory():
    length = min(TOUCHED_BYTES, available_bytes() // 2)
    mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE).close()


def cpu_seconds(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def main():
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("measure.py needs Linux: it adopts orphaned processes to count their time")
    peak, seen, finished = 0, {}, threading.Event()

    def look():
        nonlocal peak
        pids = descendants(os.getpid())
        peak = max(peak, sum(map(resident_bytes, pids)))
        for pid in pids:
            if usage := usage_of(pid):
                seen[pid] = usage

    def sample():
        while not finished.wait(0.1):
            look()

    sampler = threading.Thread(target=sample)
    load = os.getloadavg()[0]
    touch_memory()
    own_before, busy_before = cpu_seconds(resource.RUSAGE_SELF), busy_seconds()
    with open(sys.argv[1], "w") as output:
        began = time.monotonic()
        job = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=output)
    sampler.start()
    status = job.wait()
    wall = time.monotonic() - began
    finished.set()
    sampler.join()
    look()
    for pid in descendants(os.getpid()):
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    cpu, own = cpu_seconds(resource.RUSAGE_CHILDREN), cpu_seconds(resource.RUSAGE_SELF) - own_before
    others = max(0, busy_seconds() - busy_before - cpu - own)
    figures = {"status": status, "cpuS": cpu, "wallS": wall, "peakBytes": peak, "load": load, "othersCpuS": others}
    print(json.dumps({**figures, "processes": list(seen.values())}))


main()
