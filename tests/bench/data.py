"""What a large table costs before the first task runs.

    python3 tests/bench/data.py [path to pleat]

Makes a CSV of 200,000 rows and 50 columns once, in target/, and tunes a cheap
job on it with one slot. Prints the time until the matrix is inside the guest
of the first slot, which is when its first task begins; the time of the whole
`pleat tune`; and the CPU time of that, slots included. Medians of several,
with the range, and the ratio of the first to the three seconds allowed.

Linux only: it looks into /proc.
"""

import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLEAT = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/release/pleat")
ROWS, FEATURES = 200_000, 49
ALLOWED = 3.0
RUNS = 5


def table():
    """Numbers as pandas writes them, all their digits, and a class."""
    path = ROOT / "target/bench-200000x50.csv"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        draw = random.Random(0)
        unfinished = path.with_suffix(".part")
        with unfinished.open("w") as out:
            out.write(",".join(f"x{i}" for i in range(FEATURES)) + ",y\n")
            for _ in range(ROWS):
                row = [draw.gauss(0, 1) for _ in range(FEATURES)]
                y = int(row[0] + draw.gauss(0, 1) > 0)
                out.write(",".join(map(repr, row)) + f",{y}\n")
        unfinished.rename(path)
    return path


def own_memory(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:")]
    return int(found[0]) * 1024 if found else 0


def slots(pid):
    """The children of a process that run tasks."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in thread.read_text().split()]
        except OSError:
            pass
    return found


def run(job, cache):
    """One run from nothing: no table is kept from the one before."""
    shutil.rmtree(cache / "blobs", ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    tune = subprocess.Popen([PLEAT, "tune", str(job), "--slots", "1", "--output", "json"],
                            env={**os.environ, "PLEAT_CACHE": str(cache)},
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    first = None
    while tune.poll() is None:
        if first is None and any(own_memory(s) >= ROWS * FEATURES * 8 for s in slots(tune.pid)):
            first = time.perf_counter() - begun
        time.sleep(0.005)
    wall = time.perf_counter() - begun
    assert json.loads(tune.stdout.read())["result_digest"], "the job failed"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return first, wall, cpu


def show(what, values):
    values = sorted(values)
    median = statistics.median(values)
    print(f"{what}: median {median:.2f} s (min {values[0]:.2f}, max {values[-1]:.2f}, of {len(values)})")
    return median


def main():
    path = table()
    folder = Path(tempfile.mkdtemp(prefix="pleat-bench-"))
    try:
        for estimator in ["GaussianNB", "RidgeClassifier"]:
            job = folder / "job.toml"
            job.write_text(f'estimator = "{estimator}"\ntarget = "y"\ndata.path = "{path}"\n'
                           f'cv = {{ splitter = "KFold", n_splits = 2 }}\n')
            # The first compiles the component.
            times = [run(job, folder / "cache") for _ in range(RUNS + 1)][1:]
            size = f"{ROWS:,} x {FEATURES + 1} CSV, {estimator}"
            first = show(f"{size}, until the first task", [t[0] for t in times])
            print(f"  that is {first / ALLOWED:.2f} of the {ALLOWED:g} s allowed")
            show(f"{size}, whole process", [t[1] for t in times])
            show(f"{size}, CPU", [t[2] for t in times])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
