"""What the fabric costs over a real NATS server, server and all on this machine.

    python3 tests/bench/fabric.py [path to pleat] [path to nats-server]

Prints: no-op tasks per second, published to result, with file storage and one
node of two slots; the time of a single no-op task, from its publication until
its result is seen, while nothing else runs; and the wall time of a whole
`pleat tune` on iris with a warm cache. Medians of several, with the range.

Needs nats-py for the single task (pip install nats-py).
"""

import asyncio
import hashlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLEAT = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/release/pleat")
SERVER = (
    sys.argv[2]
    if len(sys.argv) > 2
    else os.environ.get("PLEAT_NATS_SERVER") or str(ROOT / ".tools/bin/nats-server")
)
TASKS = 40_000
WARM_UP, SINGLES = 50, 500


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def noop(folder):
    """The component of the test guest that does nothing."""
    out = folder / "noop.wasm"
    subprocess.run(
        ["cargo", "run", "--release", "--quiet", "-p", "pleat-build", "--example", "component", "--",
         str(ROOT), "pleat-test-noop", str(ROOT / "target/guests"), str(out)],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
    )
    return out


def job(folder, component, name, repeats):
    path = folder / f"{name}.json"
    path.write_text(json.dumps({
        "name": name,
        "estimator": "Noop",
        "component": str(component),
        "target": "y",
        "data": {"csv": "a,y\n1,0\n2,1\n3,0\n4,1\n"},
        "cv": {"splitter": "RepeatedKFold", "n_splits": 2, "n_repeats": repeats, "random_state": 0},
        "parallel": 1_000_000,
        # Its tasks are of another component; only the no-op's are counted.
        "baseline": False,
    }))
    return path


def tune(path, *args):
    out = subprocess.run([PLEAT, "tune", str(path), "--output", "json", *args], check=True, capture_output=True)
    return json.loads(out.stdout)


def throughput(path, url):
    rates = []
    for _ in range(5):
        run = tune(path, "--nats", url)["run"]
        rates.append(run["tasks"] / run["seconds"])
    return rates


async def single(url, spec):
    """One task at a time, put into the queue by hand, until its result is seen.

    This script takes the part of the coordinator: it writes the job's record
    with itself as the owner, so that no node drives the job as well.
    """
    import nats

    nc = await nats.connect(url)
    js = nc.jetstream()
    # The record of a job that has run, under another id.
    subprocess.run([PLEAT, "submit", str(spec), "--nats", url, "--id", "template"], check=True, capture_output=True)
    record = (await js.get_last_msg("PLEAT_JOBS", "pleat.job.template.spec")).data
    await js.publish("pleat.job.single.owner", b'{"name":"bench","holder":"bench","lease_ms":3600000,"beat":0}')
    await js.publish("pleat.job.single.spec", record)
    digest = "sha256:" + hashlib.sha256(record).hexdigest()
    task = json.dumps({"job": digest, "split": 0, "candidates": [{"index": 0, "params": {}}]}).encode()
    results = await nc.subscribe("pleat.result.single.*")
    times = []
    for n in range(WARM_UP + SINGLES):
        begun = time.perf_counter()
        await nc.publish(f"pleat.task.default.single.t{n}", task)
        await results.next_msg(timeout=10)
        if n >= WARM_UP:
            times.append(time.perf_counter() - begun)
        await asyncio.sleep(0.01)
    await nc.close()
    return times


def show(what, values, unit, scale=1.0):
    values = sorted(v * scale for v in values)
    print(f"{what}: median {statistics.median(values):.3g} {unit} "
          f"(min {values[0]:.3g}, max {values[-1]:.3g}, of {len(values)})")


def main():
    folder = Path(tempfile.mkdtemp(prefix="pleat-bench-"))
    port = free_port()
    url = f"nats://127.0.0.1:{port}"
    server = subprocess.Popen([SERVER, "-js", "-sd", str(folder / "js"), "-a", "127.0.0.1", "-p", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    node = None
    try:
        time.sleep(1)
        component = noop(folder)
        node = subprocess.Popen([PLEAT, "node", "--nats", url, "--slots", "2"], stderr=subprocess.DEVNULL)
        time.sleep(1)
        many = job(folder, component, "many", TASKS // 2)
        tune(job(folder, component, "warm", 10), "--nats", url)
        show("no-op tasks over NATS", throughput(many, url), "tasks/s")
        times = asyncio.run(single(url, job(folder, component, "one", 1)))
        show("single task, published to result", times, "ms", 1e3)
        iris = folder / "iris.toml"
        iris.write_text(f'estimator = "KNeighborsClassifier"\ntarget = "species"\n'
                        f'data.path = "{ROOT}/tests/data/iris.csv"\n'
                        f'search = {{ strategy = "grid", space = {{ n_neighbors = [1, 3, 5, 11] }} }}\n')
        walls = []
        for _ in range(11):
            begun = time.perf_counter()
            tune(iris)
            walls.append(time.perf_counter() - begun)
        show("pleat tune on iris, whole process", walls[1:], "ms", 1e3)
    finally:
        if node:
            node.kill()
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
