"""Writes estimators.json: what scikit-learn answers beyond scores.json.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python estimators.py [SEED [FILE]]
The seed is added to that of every case.
The data come from RandomState, which pleat-num has too, so they are not stored.
Every case: rows x columns from RandomState(seed), the target from a formula,
fitted on the first three quarters, answers for sixty of the rest.
"""

import json
import pathlib
import sys

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier

ESTIMATORS = {e.__name__: e for e in [
    DecisionTreeClassifier, GaussianNB, KNeighborsClassifier, KNeighborsRegressor, Ridge,
]}


def data(seed, rows, columns):
    draws = np.random.RandomState(seed)
    x = draws.random_sample((rows, columns)) * 4 - 2
    noise = draws.random_sample(rows)
    weights = draws.random_sample(rows) * 3
    weights[::10] = 0
    number = x[:, 0] - 2 * x[:, 1] + x[:, 2] * x[:, 2] + 4 * noise
    label = (number > 2).astype(int) + (number > 5)
    return x, number, label, weights


CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def fitted(estimator, params, seed, rows, columns, weighted, **more):
    x, number, label, weights = data(seed, rows, columns)
    cut = rows * 3 // 4
    regressor = estimator in ("Ridge", "KNeighborsRegressor")
    y = number if regressor else label
    fit = {"sample_weight": weights[:cut]} if weighted else {}
    model = ESTIMATORS[estimator](**params, **more).fit(x[:cut], y[:cut], **fit)
    return model, model.predict(x[cut:]) if regressor else model.predict_proba(x[cut:])


def case(estimator, params, seed=1, rows=400, columns=5, weighted=False):
    def ties():
        """Whether scikit-learn drew lots: the tree then depends on its seed."""
        alike = (fitted(*args(), random_state=state)[1] for state in range(20))
        first = next(alike)
        return not all(np.allclose(first, other, 0, 1e-12) for other in alike)

    def args():
        return estimator, params, seed, rows, columns, weighted

    seed += SEED
    while estimator == "DecisionTreeClassifier" and ties():
        seed += 1
    model, answers = fitted(*args())
    row = {
        "estimator": estimator, "params": params, "seed": seed, "rows": rows,
        "columns": columns, "weighted": weighted, "answers": np.round(answers[:60], 12).ravel().tolist(),
    }
    CASES.append(row)


case("GaussianNB", {})
case("GaussianNB", {"var_smoothing": 0.5})
case("GaussianNB", {"priors": [0.25, 0.25, 0.5]}, seed=2)
case("GaussianNB", {}, seed=3, weighted=True)
for weights in ("uniform", "distance"):
    for metric in ("euclidean", "manhattan", "chebyshev"):
        case("KNeighborsClassifier", {"metric": metric, "weights": weights, "n_neighbors": 7})
    for p in (0.5, 1, 1.5, 3):
        params = {"p": p, "weights": weights, "algorithm": "brute"}
        case("KNeighborsRegressor", params, seed=2)
    case("KNeighborsRegressor", {"weights": weights, "n_neighbors": 100})
for params in (
    {"min_samples_leaf": 40},
    {"max_depth": 4, "min_samples_leaf": 5},
    {"min_samples_leaf": 0.05},
    {"min_samples_split": 0.3},
    {"min_samples_split": 200},
    {"max_leaf_nodes": 6},
    {"max_leaf_nodes": 9, "max_depth": 3},
    {"min_impurity_decrease": 0.01},
):
    for criterion in ("gini", "entropy"):
        case("DecisionTreeClassifier", params | {"criterion": criterion}, rows=1200)
case("DecisionTreeClassifier", {"min_samples_leaf": 25}, seed=2, rows=1200, weighted=True)
case("DecisionTreeClassifier", {"max_leaf_nodes": 7, "criterion": "log_loss"}, seed=3, rows=1200,
     weighted=True)
for intercept in (True, False):
    for weighted in (True, False):
        for rows, columns in ((400, 5), (20, 30)):
            for alpha in (0.01, 10.0):
                params = {"alpha": alpha, "fit_intercept": intercept, "solver": "cholesky"}
                case("Ridge", params, rows=rows, columns=columns, weighted=weighted)

lines = ",\n".join(json.dumps(row) for row in CASES)
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
path.write_text(f"[\n{lines}\n]\n")
