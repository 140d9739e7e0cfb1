"""Writes lines.json: the lines that scikit-learn fits by descent, by margins and by
generalised least squares.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python lines.py [SEED [FILE]]
The seed is added to that of every case.
The data come from RandomState, which pleat-num has too, so they are not stored.
A case's tolerance is for the coefficients, relative to the largest of them and 1.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from scipy import optimize
from sklearn.linear_model import (
    GammaRegressor, HuberRegressor, PoissonRegressor, SGDClassifier, SGDRegressor, TweedieRegressor, _huber,
)
from sklearn.svm import LinearSVC, LinearSVR

warnings.simplefilter("ignore")

CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
# scikit-learn lets nobody say how small a gain ends HuberRegressor's search, and stops it early.
_huber.optimize = type("optimize", (), {"minimize": staticmethod(
    lambda *args, options, **rest: optimize.minimize(*args, options=options | {"ftol": 1e-16, "maxls": 100, "maxfun": 10**6}, **rest)
)})
# Of whom Pleat's steps are others.
OWN_WAYS = (GammaRegressor, HuberRegressor, PoissonRegressor, TweedieRegressor)
CLASSIFIERS = (SGDClassifier, LinearSVC)


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
        x[:, 0] *= 10
        x[:, 1] *= 1e-3
    if shape == "lonely":
        label = np.minimum(label, classes - 2)
        label[5] = classes - 1
    return x, number, label, weights


def case(estimator, params, seed=1, rows=120, columns=4, classes=3, shape="plain", weighted=False, tolerance=1e-9):
    row = {
        "estimator": estimator.__name__, "params": params, "seed": seed + SEED, "rows": rows, "columns": columns,
        "classes": classes, "shape": shape, "weighted": weighted, "tolerance": tolerance,
    }
    x, number, label, weights = data(seed + SEED, rows, columns, classes, shape)
    if estimator in (GammaRegressor, PoissonRegressor, TweedieRegressor):
        number = np.floor(abs(number)) + 0.5 * (estimator is not PoissonRegressor)
    cut = rows * 9 // 10
    y = label if estimator in CLASSIFIERS else number
    # What Pleat makes of a seed that is not set.
    own = {"random_state": 0} if "random_state" in estimator().get_params() else {}
    model = estimator(**own | params)
    try:
        model.fit(x[:cut], y[:cut], sample_weight=weights[:cut] if weighted else None)
    except ValueError as refused:
        row["refused"] = str(refused)[:60]
        CASES.append(row)
        return
    row["coef"] = np.ravel(model.coef_).tolist()
    row["intercept"] = np.broadcast_to(model.intercept_, len(np.atleast_2d(model.coef_))).tolist()
    if params.get("tol") != 1e-9 and estimator not in OWN_WAYS:
        row["n_iter"] = int(model.n_iter_)
    if params.get("loss") in ("log_loss", "modified_huber"):
        row["probabilities"] = model.predict_proba(x[cut:cut + 4]).ravel().tolist()
    CASES.append(row)


# Stochastic gradient descent takes the same steps, so only rounding is left. But where steps are so long that
# they overshoot (a smooth loss, the rate 'optimal', a small alpha), a descent doubles the smallest difference
# every few rows, scikit-learn's own included; so alpha is larger in such cases.
CALM = {"alpha": 1e-2}
RATES = [
    CALM,
    {"learning_rate": "constant", "eta0": 0.01},
    {"learning_rate": "invscaling", "eta0": 0.05},
    {"learning_rate": "invscaling", "eta0": 0.05, "power_t": 0.37},
    {"learning_rate": "adaptive", "eta0": 0.05},
    {"learning_rate": "constant", "eta0": 0.02, "average": True},
]
OF_CLASSES = ["hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"]
OF_NUMBERS = ["squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"]
PENALTIES = [{}, {"penalty": "l1", "alpha": 1e-3}, {"penalty": "elasticnet", "alpha": 1e-3, "l1_ratio": 0.4}, {"penalty": None}]
for i, loss in enumerate(OF_CLASSES):
    for j, rate in enumerate(RATES):
        params = {"loss": loss} | PENALTIES[(i + j) % 4] | rate
        case(SGDClassifier, params, seed=10 * i + j, classes=2 + (i + j) % 3, columns=3 + (i * j) % 7, weighted=j % 3 == 1)
for i, loss in enumerate(OF_NUMBERS):
    # The rate 'optimal' is too long for numbers beyond classes' margins.
    for j, rate in enumerate(RATES[1:]):
        params = {"loss": loss, "epsilon": 0.2} | rate | PENALTIES[(i + j) % 4]
        case(SGDRegressor, params, seed=50 + 10 * i + j, columns=3 + 5 * (i * j % 3), weighted=j % 3 == 1)
    case(SGDRegressor, {"loss": loss}, seed=91 + i, rows=400)
    case(SGDClassifier, {"loss": loss, "learning_rate": "constant", "max_iter": 30}, seed=95 + i, classes=3)
    case(SGDClassifier, {"loss": loss, "learning_rate": "constant", "early_stopping": True}, seed=95 + i, classes=2)
for rate in ("pa1", "pa2"):
    for eta0 in (0.02, 1.0):
        for classes in (2, 3):
            case(SGDClassifier, {"learning_rate": rate, "eta0": eta0, "penalty": None, "max_iter": 20}, seed=31, classes=classes)
        case(SGDClassifier, {"learning_rate": rate, "eta0": eta0, "max_iter": 20, "average": 40}, seed=32, weighted=True)
        passive = {"learning_rate": rate, "eta0": eta0, "loss": "epsilon_insensitive", "max_iter": 20}
        case(SGDRegressor, passive | {"penalty": None}, seed=33)
        case(SGDRegressor, passive | {"penalty": "l1", "alpha": 1e-2}, seed=34, weighted=True)
for j, stop in enumerate([{}, {"validation_fraction": 0.3}, {"n_iter_no_change": 2, "tol": 0.01}, {"tol": None, "max_iter": 8}]):
    for classes in (2, 3, 4):
        case(SGDClassifier, {"early_stopping": True} | stop, seed=70 + j, classes=classes, weighted=classes == 3)
        case(SGDClassifier, {"early_stopping": True, "loss": "log_loss"} | CALM | stop, seed=75 + j, classes=classes, rows=200)
    case(SGDRegressor, {"early_stopping": True} | stop, seed=80 + j)
    case(SGDRegressor, {"early_stopping": True, "learning_rate": "adaptive", "penalty": "l1"} | stop, seed=80 + j, weighted=True)
for j, rest in enumerate([
    {"class_weight": "balanced"}, {"fit_intercept": False}, {"shuffle": False}, {"random_state": 7}, {"tol": None, "max_iter": 3},
    {"average": 250}, {"average": 10**6}, {"alpha": 0.1, "l1_ratio": 1.0, "penalty": "elasticnet"}, {"alpha": 0.0, "learning_rate": "constant"},
    {"alpha": 300.0, "learning_rate": "constant", "eta0": 0.01}, {"alpha": 5.0, "learning_rate": "constant", "average": True},
    {"n_iter_no_change": 1}, {"tol": 0.0, "max_iter": 100}, {"l1_ratio": None}, {"max_iter": 2},
]):
    for classes in (2, 3):
        case(SGDClassifier, rest, seed=100 + j, classes=classes, weighted=j % 2 == 0)
    if "class_weight" not in rest:
        case(SGDRegressor, rest, seed=100 + j, weighted=j % 2 == 0)
for shape in ("constant", "ties", "scales", "lonely"):
    for classes in (2, 3):
        case(SGDClassifier, {}, seed=120, shape=shape, classes=classes)
        case(SGDClassifier, {"loss": "log_loss", "penalty": "l1", "learning_rate": "constant"}, seed=121, shape=shape, classes=classes, weighted=shape != "lonely")
    case(SGDRegressor, {}, seed=122, shape=shape)
case(SGDRegressor, {"learning_rate": "constant", "eta0": 10.0}, seed=123)
case(SGDClassifier, {"loss": "squared_error", "max_iter": 1}, seed=124, tolerance=1e-6)
case(SGDClassifier, {}, seed=125, rows=150, columns=40, classes=3)
case(SGDRegressor, {"penalty": "elasticnet"}, seed=126, rows=150, columns=20)
case(SGDClassifier, {"early_stopping": True}, seed=127, shape="lonely")

# liblinear's steps are taken too.
for i, way in enumerate([
    {}, {"dual": True}, {"loss": "hinge"}, {"penalty": "l1"}, {"loss": "hinge", "dual": True}, {"penalty": "l1", "dual": False},
]):
    for j, rest in enumerate([
        {}, {"C": 30.0}, {"C": 0.03, "intercept_scaling": 20.0}, {"fit_intercept": False, "class_weight": "balanced"},
        {"max_iter": 7, "random_state": 3}, {"tol": 1e-9, "max_iter": 100000, "class_weight": "balanced"},
    ]):
        case(LinearSVC, way | rest, tolerance=1e-7, seed=200 + 10 * i + j, classes=2 + (i + j) % 3, columns=3 + (i * j) % 7, weighted=j % 3 == 1)
    # Whether a row is moved a last time may hang on a last bit: scikit-learn's own lines are some 1e-8 apart where
    # the data are by one.
    for shape in ("constant", "ties", "scales", "lonely"):
        case(LinearSVC, way, seed=260 + i, shape=shape, classes=3, tolerance=1e-7)
    # More columns than rows.
    case(LinearSVC, way, seed=270 + i, rows=30, columns=40, classes=2, tolerance=1e-7)
    case(LinearSVC, way | {"C": 0.01}, seed=270 + i, rows=30, columns=40, weighted=True, tolerance=1e-7)
for i, way in enumerate([
    {}, {"loss": "squared_epsilon_insensitive"}, {"loss": "squared_epsilon_insensitive", "dual": True}, {"dual": True},
    {"loss": "squared_epsilon_insensitive", "dual": False},
]):
    for j, rest in enumerate([
        {}, {"C": 30.0, "epsilon": 0.5}, {"C": 0.03, "intercept_scaling": 20.0}, {"fit_intercept": False, "epsilon": 0.1},
        {"max_iter": 7, "random_state": 3}, {"tol": 1e-9, "max_iter": 100000, "epsilon": 0.2},
    ]):
        case(LinearSVR, way | rest, tolerance=1e-7, seed=300 + 10 * i + j, columns=3 + (i * j) % 7, weighted=j % 3 == 1)
    for shape in ("constant", "ties", "scales"):
        case(LinearSVR, way, seed=360 + i, shape=shape)
    case(LinearSVR, way, seed=370 + i, rows=30, columns=40)
    case(LinearSVR, way | {"epsilon": 100.0}, seed=375 + i)

# Of the rest, the minimum is the same.
for i, estimator in enumerate((PoissonRegressor, GammaRegressor, TweedieRegressor)):
    ways = [{}] if estimator is not TweedieRegressor else [{}, {"power": 1}, {"power": 1.5}, {"power": 2.0, "link": "log"}, {"power": 3.0}]
    for way in ways:
        for j, rest in enumerate([{}, {"alpha": 0.01}, {"alpha": 0.0}, {"fit_intercept": False}, {"alpha": 30.0}]):
            tight = {"solver": "newton-cholesky", "tol": 1e-11, "max_iter": 1000}
            case(estimator, way | rest | tight, seed=400 + 10 * i + j, columns=3 + j, weighted=j % 2 == 1, tolerance=1e-7)
        case(estimator, way, seed=409 + i, tolerance=2e-3)
        case(estimator, way | {"tol": 1e-10, "max_iter": 10000}, seed=410 + i, rows=30, columns=40, tolerance=1e-5)
    for shape in ("constant", "ties", "scales"):
        case(estimator, {"solver": "newton-cholesky", "tol": 1e-11}, seed=430 + i, shape=shape, tolerance=1e-7)
for j, rest in enumerate([
    {}, {"epsilon": 1.0}, {"epsilon": 3.0, "alpha": 10.0}, {"fit_intercept": False}, {"alpha": 0.0}, {"epsilon": 1.5, "alpha": 1.0},
]):
    tight = {"tol": 1e-10, "max_iter": 100000}
    # Where the scale has no reason not to vanish, scikit-learn stops short of the minimum, by what this allows.
    tolerance = 5e-2 if rest.get("epsilon") == 1.0 else 1e-5
    for rows in (40, 120, 500):
        case(HuberRegressor, rest | tight, seed=450 + j, rows=rows, columns=3 + j, weighted=j % 2 == 1, tolerance=tolerance)
for shape in ("constant", "ties", "scales"):
    case(HuberRegressor, {"tol": 1e-10, "max_iter": 100000}, seed=460, shape=shape, tolerance=1e-5)

lines = ",\n".join(json.dumps(row) for row in CASES)
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
path.write_text(f"[\n{lines}\n]\n")
