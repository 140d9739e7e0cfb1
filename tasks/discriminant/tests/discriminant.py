"""Writes discriminant.json: what scikit-learn's discriminant analyses answer.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python discriminant.py [SEED [FILE]]
The seed is added to that of every case.
The data come from RandomState, which pleat-num has too, so they are not stored.
"""

import json
import pathlib
import sys

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis


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
    if shape == "unlike":
        x[:, 0] *= 1e2
        x[:, 1] *= 1e-1
    if shape == "far":
        x += 1e4
    return x, label


CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


LEARNED = {"LinearDiscriminantAnalysis": ["coef_", "intercept_", "means_", "priors_"],
           "QuadraticDiscriminantAnalysis": ["means_", "priors_", "scalings_"]}


def case(params, seed=1, rows=80, columns=4, classes=3, shape="plain", estimator=LinearDiscriminantAnalysis):
    """What is refused is written down as such."""
    seed += SEED
    linear = estimator is LinearDiscriminantAnalysis
    x, label = data(seed, rows, columns, classes, shape, linear and "solver" not in params)
    cut = rows * 3 // 4
    of = {"estimator": estimator.__name__, "params": params, "seed": seed, "rows": rows, "columns": columns,
          "classes": classes, "shape": shape}
    CASES.append(of)
    try:
        model = estimator(**params).fit(x[:cut], label[:cut])
    except (ValueError, np.linalg.LinAlgError):
        of["refused"] = True
        return
    rest = x[cut:][:30]
    of["classes_of"] = model.predict(rest).tolist()
    of["probabilities"] = model.predict_proba(rest).ravel().tolist()
    of["decision"] = model.decision_function(rest).ravel().tolist()
    learned = LEARNED[estimator.__name__] + ["covariance_"] * ("store_covariance" in params)
    # What is rounded is another table there; see above.
    if len(CASES) % 4 == 1 and shape != "rounded" or "store_covariance" in params:
        of["attributes"] = {name: np.ravel(getattr(model, name)).tolist() for name in learned}


def quadratic(params, *args, **others):
    case(params, *args, estimator=QuadraticDiscriminantAnalysis, **others)


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

case({"store_covariance": True}, 40)
case({"solver": "eigen", "shrinkage": "auto", "store_covariance": True}, 41)
for seed, shape in enumerate(SHAPES + ("unlike",), 50):
    if shape != "scales":
        # Beside 1e6, variances of 1e-12 are rounding to scikit-learn's svd.
        quadratic({"tol": 0.0 if shape == "almost" else 1e-4}, seed, shape=shape)
    quadratic({"reg_param": 0.1}, seed, shape=shape, classes=2)
    quadratic({"solver": "eigen", "shrinkage": "auto", "tol": 1e-9}, seed, shape=shape)
quadratic({"solver": "eigen"}, 70)
quadratic({"solver": "eigen", "shrinkage": 0.2, "store_covariance": True}, 71)
quadratic({"reg_param": 0.3, "store_covariance": True}, 72, classes=2)
quadratic({"reg_param": 1.0}, 73)
quadratic({"priors": [0.2, 0.5, 0.3]}, 74)
quadratic({"priors": [2.0, 3.0]}, 75, classes=2)
quadratic({"tol": 1.0}, 76)
quadratic({}, 77, rows=40, columns=30)
quadratic({"reg_param": 0.5}, 78, rows=40, columns=30)
quadratic({"solver": "eigen", "shrinkage": "auto"}, 79, rows=40, columns=30)
quadratic({"reg_param": 0.1}, 80, rows=600, columns=20, classes=6)

# As many columns as rows, where inner products of rows are all that is needed.
for seed, shape in enumerate(("collinear", "unlike", "far"), 90):
    wide = {"rows": 16, "columns": 12, "shape": shape}
    case({"solver": "lsqr", "shrinkage": "auto"}, seed, **wide)
    case({"solver": "eigen", "shrinkage": "auto"}, seed, classes=2, **wide)
    case({"solver": "eigen", "shrinkage": 0.01}, seed, **wide)
    case({"solver": "lsqr", "shrinkage": 0.3, "priors": [0.2, 0.5, 0.3]}, seed, **wide)
case({"solver": "lsqr", "shrinkage": 1.0}, 97, rows=16, columns=12)
case({"solver": "lsqr", "shrinkage": 1e-5}, 98, rows=16, columns=12)
case({"solver": "lsqr"}, 99, rows=16, columns=12)

lines = ",\n".join(json.dumps(row) for row in CASES)
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
path.write_text(f"[\n{lines}\n]\n")
