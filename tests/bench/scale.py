"""How time and memory of a fit grow with rows and columns, inside the engine under the default memory limit.

    python3 tests/bench/scale.py [--most ROWS] [--table FILE]
"""

import argparse
import pathlib
import sys
import tempfile

import numpy
from sklearn import datasets

import page
from estimators import CLASSES, NUMBERS, Guest, build, families

ROWS = (1_000, 10_000, 100_000, 1_000_000)
COLUMNS = (10, 100)
ESTIMATORS = {
    "HistGradientBoostingClassifier": (CLASSES, {"early_stopping": False}),
    "LogisticRegression": (CLASSES, {}),
    "GaussianNB": (CLASSES, {}),
    "LinearDiscriminantAnalysis": (CLASSES, {}),
    "DecisionTreeClassifier": (CLASSES, {"max_depth": 10}),
    "RandomForestClassifier": (CLASSES, {"n_estimators": 10, "max_depth": 10}),
    "Ridge": (NUMBERS, {}),
    "Lasso": (NUMBERS, {}),
}
# Bytes a task may use unless its job says otherwise.
MEMORY = 1 << 10


class Table:
    def __init__(self, rows, columns, folder):
        draws = numpy.random.default_rng(7)
        self.rows = rows
        x = draws.normal(size=(columns, rows))
        informative = min(columns, 10)
        score = x[:informative].T @ draws.normal(size=informative) + draws.normal(size=rows)
        self.features = folder / "x.f64"
        x.astype("<f8").tofile(self.features)
        self.targets = {CLASSES: folder / "classes.f64", NUMBERS: folder / "numbers.f64"}
        (score > 0).astype("<f8").tofile(self.targets[CLASSES])
        score.astype("<f8").tofile(self.targets[NUMBERS])

    def request(self, component, estimator, target, params):
        return {
            "component": str(component), "estimator": estimator, "params": params, "features": str(self.features),
            "rows": self.rows, "train": self.rows - 1, "target": str(self.targets[target]),
            "classes": 2 if target == CLASSES else None, "memory": MEMORY,
        }


def measured(guest, request):
    try:
        reply = guest.run(request)
    except RuntimeError as failure:
        return f"({failure})" if "memory" not in str(failure) else "(limit)"
    return f"{reply['fit']:.3g} s, {reply['memory'] >> 20} MiB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=ROWS[-1], metavar="ROWS", help="no more rows than these")
    parser.add_argument("--program", metavar="FILE", help="the measuring program, if it need not be built")
    parser.add_argument("--components", metavar="FOLDER", help="the components, if they need not be built")
    parser.add_argument("--table", metavar="FILE", help="write the tables into this page")
    options = parser.parse_args()
    components = {}
    if options.components:
        components = {p.stem: p for p in pathlib.Path(options.components).glob("*.wasm")}
    program = options.program or build(components)
    guest, family = Guest(program), families()
    rows = [n for n in ROWS if n <= options.most]
    shapes = [(n, 28) for n in rows] + [(10_000, n) for n in COLUMNS]
    cells = {name: [] for name in ESTIMATORS}
    with tempfile.TemporaryDirectory() as folder:
        for shape in shapes:
            table = Table(*shape, pathlib.Path(folder))
            for name, (target, params) in ESTIMATORS.items():
                cell = measured(guest, table.request(components[family[name]], name, target, params))
                cells[name].append(cell)
                print(f"{shape[0]:9} x {shape[1]:<6}{name:32}{cell}", flush=True)
    if options.table:
        head = [f"{n:,} x {m:,}" for n, m in shapes]
        page.write(options.table, "scale", [
            f"Seconds to fit and most memory held, the matrix included, under the default limit of {MEMORY} MiB: "
            "`python3 tests/bench/scale.py`.", "",
            "| estimator | " + " | ".join(head) + " |", "|---|" + "---:|" * len(head),
            *(f"| {name}{given(params)} | " + " | ".join(cells[name]) + " |" for name, (_, params) in ESTIMATORS.items()),
        ])


def given(params):
    return "".join(f", {name}={value}" for name, value in params.items())


if __name__ == "__main__":
    sys.exit(main())
