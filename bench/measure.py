"""Runs one job and tells what it cost: python measure.py COMMAND... prints one JSON line on the last line of stdout.

CPU seconds are user + sys of every process of the job, also of those that their parents left behind: this process adopts orphans
(Linux), ends those that outlive the job with SIGTERM, and waits for them, so their time counts. Memory is the peak of the sum of
the resident sizes, sampled ten times a second (pages that processes share count once for each).
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36


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


def main():
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("measure.py needs Linux: it adopts orphaned processes to count their time")
    peak, finished = 0, threading.Event()

    def sample():
        nonlocal peak
        while not finished.wait(0.1):
            peak = max(peak, sum(map(resident_bytes, descendants(os.getpid()))))

    sampler = threading.Thread(target=sample)
    began = time.monotonic()
    job = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=sys.stderr)
    sampler.start()
    status = job.wait()
    wall = time.monotonic() - began
    finished.set()
    sampler.join()
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
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"status": status, "cpuS": used.ru_utime + used.ru_stime, "wallS": wall, "peakBytes": peak}))


main()
