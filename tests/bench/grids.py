"""Whole searches: `pleat tune`, from the start of the process to the report, beside GridSearchCV with two workers.

    python3 tests/bench/grids.py [--times N] [--table FILE]

Digits, StratifiedKFold(5), no refit on either side. GridSearchCV is timed from its call, with the data loaded, the
package imported and its workers warm; Pleat pays for all of that.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["PYTHONWARNINGS"] = "ignore"

import sklearn
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

import page

ROOT = pathlib.Path(__file__).parents[2]
GRIDS = {
    "SVC": (SVC(), {"C": [0.1, 1.0, 10.0, 100.0], "gamma": [1e-4, 5e-4, 1e-3, 5e-3]}),
    "RandomForestClassifier": (
        RandomForestClassifier(random_state=0),
        {"n_estimators": [25, 50, 100, 200], "max_features": ["sqrt", 0.3]},
    ),
    "KNeighborsClassifier": (
        KNeighborsClassifier(), {"n_neighbors": list(range(1, 21)), "weights": ["uniform", "distance"]},
    ),
    "LogisticRegression": (LogisticRegression(max_iter=1000), {"C": [1e-4, 1e-3, 1e-2, 0.1, 1.0]}),
}


def document(name):
    estimator, space = GRIDS[name]
    params = {"max_iter": 1000} if name == "LogisticRegression" else {}
    return {
        "estimator": name, "target": "digit", "data": {"path": str(ROOT / "tests/data/digits.csv")}, "params": params,
        "cv": {"splitter": "StratifiedKFold", "n_splits": 5}, "refit": False, "baseline": False, "search": {"space": space},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how often each is run (5)")
    parser.add_argument("--pleat", default=str(ROOT / "target/release/pleat"), metavar="FILE", help="the program")
    parser.add_argument("--only", nargs="*", choices=GRIDS, metavar="NAME", help=f"these: {', '.join(GRIDS)}")
    parser.add_argument("--table", metavar="FILE", help="write the table into this page")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    x, y = load_digits(return_X_y=True)
    lines, ratios = [], []
    print(f"{'':26}{'fits':>6}{'Pleat':>10}{'sklearn':>10}{'faster':>9}{'best':>10}{'sklearn':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or GRIDS:
            estimator, space = GRIDS[name]
            job = pathlib.Path(folder, f"{name}.json")
            job.write_text(json.dumps(document(name)))
            search = GridSearchCV(estimator, space, cv=StratifiedKFold(5), n_jobs=2, refit=False)
            # Warm workers, and code that is compiled once for all.
            search.fit(x[:200], y[:200])
            command = [options.pleat, "tune", str(job), "--slots", "2", "--output", "json"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            ours, theirs = [], []
            for _ in range(options.times):
                start = time.perf_counter()
                out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
                ours.append(time.perf_counter() - start)
                start = time.perf_counter()
                search.fit(x, y)
                theirs.append(time.perf_counter() - start)
            report = json.loads(out)
            fits = len(report["cv_results"]["params"]) * 5
            pleat, other = statistics.median(ours), statistics.median(theirs)
            ratios.append(other / pleat)
            best = max(search.cv_results_["mean_test_score"])
            print(f"{name:26}{fits:6}{pleat:10.3f}{other:10.3f}{other / pleat:9.2f}{report['best_score']:10.4f}{best:10.4f}", flush=True)
            lines.append(f"| {name} | {fits} | {pleat:.3f} | {other:.3f} | {other / pleat:.1f} | {report['best_score']:.4f} | {best:.4f} |")
    mean = math.prod(ratios) ** (1 / len(ratios))
    print(f"geometric mean: {mean:.2f} times as fast")
    if options.table:
        head = [
            f"`pleat tune` on two slots beside `GridSearchCV(n_jobs=2)` of scikit-learn {sklearn.__version__}: "
            "`python3 tests/bench/grids.py`.", "",
            "| search | fits | Pleat (s) | scikit-learn (s) | times as fast | best score | scikit-learn's |",
            "|---|---:|---:|---:|---:|---:|---:|",
        ]
        page.write(options.table, "grids", [*head, *lines, "", f"Geometric mean: {mean:.1f} times as fast."])


if __name__ == "__main__":
    sys.exit(main())
