"""What the fabric costs over a real NATS server, server and all on this machine.

    python3 tests/bench/fabric.py [path to pleat] [path to nats-server]

Prints: no-op tasks per second, published to result, with file storage and one
node of two slots (median of several jobs); the time of a single task from
publication to result, as the median over many jobs of one task less the rest
of a job's life, measured as the time between the task's message and the
result's in the server's own streams; and the wall time of a whole
`pleat tune` on iris with a warm cache.

Needs nats-py for the single task (pip install nats-py).
"""

import asyncio
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
SINGLES = 200


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
    """One task at a time, straight into the queue, until its result is seen."""
    import nats

    nc = await nats.connect(url)
    js = nc.jetstream()
    job_id = "bench-single"
    subprocess.run([PLEAT, "submit", str(spec), "--nats", url, "--id", job_id], check=True, capture_output=True)
    # The job itself has run by now or soon; its record stays, so that nodes
    # know what a task of it means. A new job is needed, for that one has ended.
    done = asyncio.Event()
    await nc.flush()
    times = []
    for n in range(SINGLES):
        sub = await nc.subscribe(f"pleat.result.single-{n}.*")
        record = await js.get_last_msg("PLEAT_JOBS", f"pleat.job.{job_id}.spec")
        spec_json = json.loads(record.data)
        await js.publish(f"pleat.job.single-{n}.owner", b'{"name":"bench","lease_ms":3600000,"beat":0}')
        await js.publish(f"pleat.job.single-{n}.spec", record.data)
        del spec_json
        # A slot that knows the job, as in the middle of any search.
        import hashlib

        digest = "sha256:" + hashlib.sha256(record.data).hexdigest()
        for split in range(2):
            task = json.dumps({"job": digest, "split": split, "candidates": [{"index": 0, "params": {}}]})
            begun = time.perf_counter()
            await nc.publish(f"pleat.task.default.single-{n}.t{split}", task.encode())
            await sub.next_msg(timeout=10)
            if split == 1:
                times.append(time.perf_counter() - begun)
        await sub.unsubscribe()
        await js.publish(f"pleat.job.single-{n}.done",
                         b'{"ending":"failed","report":null,"result_digest":null,"fits":[0,0],"failures":0,"message":"bench"}')
    done.set()
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
