"""Asks scikit-learn, now, what the tests otherwise compare with recordings of.

    python live.py FOLDER

Every script that made a recording makes another one in FOLDER, of problems drawn
from another seed: PLEAT_LIVE_SEED, or one nobody has tried. Tests that run
with PLEAT_REFERENCE=FOLDER then compare with that. What these scripts leave out, because
it could not be made again, is said in them.
"""

import os
import pathlib
import secrets
import subprocess
import sys
import time

import numpy
import sklearn

ROOT = pathlib.Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "reference"
# How many random problems, of scripts that can draw any number.
COUNTS = {"scorers": "250", "groups": "400", "steps-a": "500", "steps-b": "300"}
SCRIPTS = [RECORDED / f"{name}.py" for name in (
    "splitters", "spaces", "scorers", "groups", "steps-a", "steps-b",
    "bayes", "categorical", "dummy", "estimators", "forests", "linear", "mixed", "neighbors", "trees",
)]
SCRIPTS += [ROOT / "tasks" / family / "tests" / f"{name}.py" for family, name in (
    ("boosting", "boosting"), ("boosting", "booster"), ("cluster", "cluster"), ("discriminant", "discriminant"),
    ("linear", "lines"), ("neural", "neural"), ("svm", "svm"), ("trees", "ensembles"),
)]


def main():
    folder = pathlib.Path(sys.argv[1])
    seed = os.environ.get("PLEAT_LIVE_SEED") or str(secrets.randbelow(2**31))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}: PLEAT_LIVE_SEED={seed}", flush=True)
    for script in SCRIPTS:
        start = time.monotonic()
        made = folder / f"{script.stem}.json"
        count = COUNTS.get(script.stem)
        arguments = [seed] + [count] * (count is not None) + [str(made)]
        environment = os.environ | {"PYTHONWARNINGS": "ignore"}
        subprocess.run([sys.executable, str(script), *arguments], check=True, env=environment)
        print(f"  {script.stem}: {made.stat().st_size >> 10} KiB, {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
