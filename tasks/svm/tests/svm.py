"""Writes svm.json: what scikit-learn's SVC, SVR and CalibratedClassifierCV over SVC answer.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python svm.py [SEED [FILE]]
The seed is added to that of every case.
The data come from RandomState, which pleat-num has too, so they are not stored.
"""

import json
import pathlib
import sys

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import SVC, SVR


def data(seed, rows, columns, classes, shape):
    draws = np.random.RandomState(seed)
    x = draws.random_sample((rows, columns)) * 4 - 2
    noise = draws.random_sample(rows)
    weights = draws.random_sample(rows) * 3
    weights[::10] = 0
    number = x[:, 0] - 2 * x[:, 1] + x[:, 2] * x[:, 2] + 4 * noise
    label = np.floor((number + 1) * classes / 8).clip(0, classes - 1).astype(int)
    if shape == "constant":
        x[:, 1] = 0.1
        x[:, 2] = x[:, 0]
    if shape == "ties":
        x = np.floor(x)
    if shape == "scales":
        x[:, 0] *= 1e4
        x[:, 1] *= 1e-4
        number = number * 1e3
    if shape == "far":
        x += 1e3
    return x, number, label, weights


CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
TABLES = pathlib.Path(__file__).parents[3] / "tests" / "data"


def of_table(estimator, params, table):
    """Fitted on all rows but every fourth, answers for thirty of these."""
    cells = np.loadtxt(TABLES / f"{table}.csv", delimiter=",", skiprows=1, dtype=str)
    x, y = cells[:, :-1].astype(float), cells[:, -1]
    y = y.astype(float) if estimator is SVR else np.unique(y, return_inverse=True)[1]
    test = np.arange(len(y)) % 4 == 0
    model = estimator(**params).fit(x[~test], y[~test])
    rest = x[test][:30]
    row = {"estimator": estimator.__name__, "params": params, "table": table}
    keep(row, model, rest)


def keep(row, model, rest):
    row["answers"] = model.predict(rest).tolist()
    if row["estimator"] == "SVC" and row["params"].get("decision_function_shape") != "ovo":
        row["decision"] = model.decision_function(rest).ravel().tolist()
    if row.get("table") != "digits":
        names = ["intercept_", "n_support_"] + ["coef_"] * (model.kernel == "linear")
        row["attributes"] = {name: np.asarray(getattr(model, name), dtype=float).tolist() for name in names}
    CASES.append(row)


def case(estimator, params, seed=1, rows=120, columns=4, classes=3, shape="plain", weighted=False):
    seed += SEED
    x, number, label, weights = data(seed, rows, columns, classes, shape)
    cut = rows * 3 // 4
    y = number if estimator is SVR else label
    model = estimator(**params).fit(x[:cut], y[:cut], weights[:cut] if weighted else None)
    rest = x[cut:]
    row = {
        "estimator": estimator.__name__, "params": params, "seed": seed, "rows": rows,
        "columns": columns, "classes": classes, "shape": shape, "weighted": weighted,
    }
    keep(row, model, rest)


KERNELS = [
    {"kernel": "linear"},
    {"kernel": "rbf"},
    {"kernel": "rbf", "gamma": 2.5},
    {"kernel": "poly", "coef0": 1.0},
    {"kernel": "poly", "degree": 2, "gamma": "auto"},
    {"kernel": "poly", "degree": 0},
    {"kernel": "sigmoid", "gamma": 0.05, "coef0": -0.5},
    {"kernel": "sigmoid", "gamma": "auto"},
]
for seed, kernel in enumerate(KERNELS):
    case(SVC, kernel, seed)
    case(SVC, kernel | {"C": 20.0}, seed, rows=90, classes=2)
    case(SVC, kernel | {"C": 0.2}, seed, weighted=True, classes=4)
    case(SVR, kernel | {"tol": 1e-8}, seed)
    case(SVR, kernel | {"C": 5.0, "epsilon": 0.5}, seed, weighted=True)
for shape in ("constant", "ties", "scales", "far"):
    case(SVC, {}, 11, shape=shape)
    case(SVC, {"C": 100.0, "gamma": "auto"}, 12, shape=shape, classes=2)
    case(SVR, {"C": 10.0}, 13, shape=shape)
    case(SVR, {"C": 10.0, "epsilon": 0.0, "tol": 1e-6}, 14, shape=shape, weighted=True)
case(SVC, {"class_weight": "balanced"}, 3, classes=5)
case(SVC, {"class_weight": "balanced", "C": 0.1}, 4, classes=5, weighted=True)
case(SVC, {"break_ties": True, "C": 0.05}, 5, classes=5)
case(SVC, {"decision_function_shape": "ovo"}, 6, classes=5)
case(SVC, {"shrinking": False, "C": 50.0}, 7)
case(SVC, {"shrinking": True, "C": 1000.0, "gamma": 0.3}, 7, rows=900, columns=3)
case(SVC, {"kernel": "linear", "C": 300.0}, 8, rows=600, columns=3)
case(SVC, {"max_iter": 7, "C": 10.0}, 8)
case(SVC, {"max_iter": 0}, 8)
case(SVC, {"tol": 0.5}, 9)
case(SVC, {"tol": 1e-9, "C": 10.0}, 9)
case(SVR, {"max_iter": 25}, 8)
case(SVR, {"C": 1000.0, "epsilon": 0.01, "gamma": 0.3}, 10, rows=600, columns=3)
case(SVR, {"C": 1000.0, "epsilon": 0.01, "shrinking": False}, 10, rows=300, columns=3)
case(SVR, {"epsilon": 100.0}, 10)
for kernel in ("rbf", "poly", "linear"):
    of_table(SVC, {"kernel": kernel}, "digits")
    of_table(SVC, {"kernel": kernel}, "iris")
    of_table(SVR, {"kernel": kernel, "C": 10.0}, "diabetes")
of_table(SVC, {}, "breast_cancer")
of_table(SVC, {"C": 1000.0, "gamma": 1e-6, "class_weight": "balanced"}, "breast_cancer")



def calibrated(params, seed, rows=160, columns=4, classes=3, shape="plain", weighted=False):
    """Probabilities, by the parameters of both: those of the SVC begin with `estimator__`."""
    seed += SEED
    x, _, y, weights = data(seed, rows, columns, classes, shape)
    cut = rows * 3 // 4
    model = CalibratedClassifierCV(SVC()).set_params(**params)
    model.fit(x[:cut], y[:cut], weights[:cut] if weighted else None)
    rest = x[cut:]
    CASES.append({
        "estimator": "CalibratedClassifierCV", "params": params, "seed": seed, "rows": rows,
        "columns": columns, "classes": classes, "shape": shape, "weighted": weighted,
        "answers": model.predict(rest).tolist(),
        "probabilities": [round(p, 12) for p in model.predict_proba(rest).ravel().tolist()],
    })


for seed, method in enumerate(("sigmoid", "isotonic", "temperature")):
    method = {"method": method}
    calibrated(method, seed)
    calibrated(method, seed + 3, classes=2)
    calibrated(method | {"ensemble": False}, seed + 6)
    calibrated(method | {"ensemble": False, "cv": 3}, seed + 9, classes=2, weighted=True)
    calibrated(method | {"ensemble": True, "cv": 2}, seed + 12, classes=4, weighted=True)
    calibrated(method | {"estimator__kernel": "linear", "estimator__C": 0.1, "cv": 3}, seed + 15)
    calibrated(method | {"estimator__kernel": "linear", "estimator__C": 300.0}, seed + 18, shape="ties", classes=2)
    calibrated(method | {"estimator__class_weight": "balanced", "estimator__gamma": 0.3}, seed + 21, shape="constant")

lines = ",\n".join(json.dumps(row) for row in CASES)
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
path.write_text(f"[\n{lines}\n]\n")
