"""Writes discriminant.json: what scikit-learn's LinearDiscriminantAnalysis answers.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python discriminant.py [SEED [FILE]]
The seed is added to that of every case.
The data come from RandomState, which pleat-num has too, so they are not stored.
"""

import json
import pathlib
import sys

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis


def data(seed, rows, columns, classes, shape, svd):
    draws = np.random.RandomState(seed)
    x = draws.random_sample((rows, columns)) * 4 - 2
    noise = draws.random_sample(rows)
    number = x[:, 0] - 2 * x[:, 1] + x[:, 2] * x[:, 2] + 4 * noise
    label = np.floor((number + 1) * classes / 8).clip(0, classes - 1).astype(int)
    if shape == "constant":
        x[:, 1] = 0.5
    if shape == "rounded":
        # Its mean is not exact. scikit-learn's svd takes the rounding for
        # spread and drowns in it, so there it gets what is rounded nowhere.
        x[:, 1] = 0.5 if svd else 0.1
    if shape == "collinear":
        x[:, 2] = x[:, 0] - 2 * x[:, 1]
    if shape == "almost":
        x[:, 2] = x[:, 0] + 1e-5 * x[:, 2]
    if shape == "ties":
        x = np.floor(x)
    if shape == "scales":
        x[:, 0] *= 1e6
        x[:, 1] *= 1e-6
    if shape == "far":
        x += 1e4
    return x, label


CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def case(params, seed=1, rows=80, columns=4, classes=3, shape="plain"):
    seed += SEED
    x, label = data(seed, rows, columns, classes, shape, "solver" not in params)
    cut = rows * 3 // 4
    model = LinearDiscriminantAnalysis(**params).fit(x[:cut], label[:cut])
    rest = x[cut:][:40]
    CASES.append({
        "params": params, "seed": seed, "rows": rows, "columns": columns, "classes": classes,
        "shape": shape, "classes_of": model.predict(rest).tolist(),
        "probabilities": model.predict_proba(rest).ravel().tolist(),
        "decision": model.decision_function(rest).ravel().tolist(),
    })


SHAPES = ("plain", "constant", "rounded", "collinear", "almost", "ties", "scales", "far")
for seed, shape in enumerate(SHAPES):
    case({}, seed, shape=shape)
    case({}, seed + 20, shape=shape, classes=2)
    case({"solver": "lsqr"}, seed, shape=shape)
    case({"solver": "lsqr", "shrinkage": "auto"}, seed, shape=shape)
    case({"solver": "eigen", "shrinkage": "auto"}, seed, shape=shape, classes=2)
    case({"solver": "eigen", "shrinkage": 0.3}, seed, shape=shape)
case({}, 30, rows=40, columns=60)
case({}, 31, rows=40, columns=30, classes=2)
case({}, 32, rows=200, columns=3, classes=6)
case({"tol": 0.5}, 33, columns=8)
case({"tol": 0.0}, 34)
case({"priors": [0.2, 0.5, 0.3]}, 35)
case({"priors": [0.25, 0.75]}, 36, classes=2)
case({"priors": [0.2, 0.5, 0.3], "solver": "lsqr"}, 35)
case({"solver": "eigen"}, 37, columns=6, classes=4)
case({"solver": "lsqr", "shrinkage": 0.0}, 38)
case({"solver": "lsqr", "shrinkage": 1.0}, 38)
case({"solver": "lsqr", "shrinkage": "auto"}, 39, rows=40, columns=60)

lines = ",\n".join(json.dumps(row) for row in CASES)
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
path.write_text(f"[\n{lines}\n]\n")
