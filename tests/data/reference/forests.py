"""Writes forests.json; see recording.py. Beside the answers stand the importances."""

import warnings

import numpy as np
from recording import SEED, Recording, draws_of, plain
from sklearn.ensemble import (
    ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

RC, EC = "RandomForestClassifier", "ExtraTreesClassifier"
RR, ER = "RandomForestRegressor", "ExtraTreesRegressor"
TC, TR = "DecisionTreeClassifier", "DecisionTreeRegressor"


class WithImportances(Recording):
    def case(self, estimator, table, params=None, weighted=False, count=None):
        super().case(estimator, table, params, weighted, count)
        case, t = self.cases[-1], self.tables[table]
        fit = {"sample_weight": t["weights"][:t["train"]]} if weighted else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = self.estimators[estimator](**case["params"])
            model.fit(t["x"][:t["train"]], t["y"][:t["train"]], **fit)
        case["importances"] = plain(model.feature_importances_)


r = WithImportances([
    RandomForestClassifier, ExtraTreesClassifier, RandomForestRegressor, ExtraTreesRegressor,
    DecisionTreeClassifier, DecisionTreeRegressor,
])


def table(name, seed, rows, columns, classes=None, missing=0.0, whole=False, positive=False, round_to=3):
    """Few digits, but no two rows alike unless `whole`; a third of the weights are 0 or equal."""
    draws = draws_of(seed)
    x = draws.standard_normal((rows, columns)).round(5)
    if whole:
        x = (x * 2).round()
    if columns > 3:
        x[:, 2], x[:, 3] = 1.5, x[:, 0]
    y = 2 * x[:, 0] - x[:, 1] ** 2 + draws.standard_normal(rows)
    x[draws.random_sample(x.shape) < missing] = np.nan
    weights = draws.random_sample(rows).round(3) * 3
    weights[::6], weights[1::6] = 0, 1
    if classes:
        y = np.searchsorted(np.quantile(y, np.arange(1, classes) / classes), y)
    elif positive:
        y = np.maximum(np.exp(y / 2) - 0.5, 0)
    r.table(name, x, y.round(round_to), weights, train=rows - 8, classes=classes)


table("three", 20, 120, 5, 3)
table("two", 21, 110, 3, 2)
table("many", 22, 130, 4, 9)
table("whole", 23, 120, 5, 3, whole=True)
table("missing", 24, 120, 4, 3, missing=0.2)
table("numbers", 25, 120, 5)
table("counts", 26, 120, 5, whole=True, round_to=0)
table("whole numbers", 27, 120, 5, whole=True)
table("missing numbers", 28, 110, 4, missing=0.2)
table("amounts", 29, 110, 4, positive=True)
r.table("one row", [[1, 2], [0, 0]], [1, 0], train=1, classes=2)
r.table("one number", [[1, 2], [0, 0]], [1.5, 0], train=1)
r.table("alike", [[1, 2]] * 6, [0, 1, 1, 0, 1, 0], train=5, classes=2)
r.table("rare", [[1, 2], [2, 1], [0, 3], [5, 1], [4, 4], [1, 1]], [0, 0, 0, 0, 1, 0], train=5, classes=2)

# Entropies are logarithms too, whose last bits decide between splits of a few rows (see
# trees.py), so live trees stop before.
late = {"min_samples_leaf": 5} if SEED else {}
for name in ("three", "two", "many", "whole", "missing"):
    for e in (RC, EC):
        few = {"n_estimators": 6}
        r.case(e, name, few | {"random_state": 0})
        r.case(e, name, few | {"random_state": 1}, True)
        r.case(e, name, few | {"random_state": 2, "max_features": None, "criterion": "entropy"} | late)
        r.case(e, name, few | {"random_state": 3, "class_weight": "balanced", "min_samples_leaf": 3}, True)
        r.case(e, name, few | {"random_state": 4, "class_weight": "balanced_subsample", "max_depth": 4})
        r.case(e, name, few | {"random_state": 5, "max_leaf_nodes": 9, "min_impurity_decrease": 0.001})
        r.case(e, name, few | {"random_state": 6, "bootstrap": e == EC, "min_samples_split": 0.08})
        r.case(e, name, few | {"random_state": 7, "bootstrap": True, "max_samples": 0.5, "ccp_alpha": 0.01}, True)
        r.case(e, name, few | {"random_state": 8, "bootstrap": True, "max_samples": 40,
                               "min_weight_fraction_leaf": 0.05})
for name in ("one row", "alike", "rare"):
    for e in (RC, EC):
        r.case(e, name, {"n_estimators": 3, "random_state": 0})
        r.case(e, name, {"n_estimators": 3, "random_state": 1, "class_weight": "balanced_subsample"})

for name in ("numbers", "counts", "whole numbers", "missing numbers", "amounts"):
    for e in (RR, ER):
        few = {"n_estimators": 5}
        r.case(e, name, few | {"random_state": 0})
        r.case(e, name, few | {"random_state": 1}, True)
        r.case(e, name, few | {"random_state": 2, "max_features": "sqrt", "min_samples_leaf": 2})
        r.case(e, name, few | {"random_state": 3, "criterion": "absolute_error", "max_depth": 4})
        r.case(e, name, few | {"random_state": 4, "max_leaf_nodes": 12, "bootstrap": e == ER})
        r.case(e, name, few | {"random_state": 5, "bootstrap": True, "max_samples": 0.4, "ccp_alpha": 0.02}, True)
        if name == "amounts":
            # See trees.py about logarithms.
            r.case(e, name, few | {"random_state": 6, "criterion": "poisson", "min_samples_leaf": 5})
for e in (RR, ER):
    r.case(e, "one number", {"n_estimators": 3, "random_state": 0})

# Answers that rise or fall with some of the columns.
for name, directions in (("two", [1, -1, 0]), ("two", [-1, 0, 1])):
    c = {"monotonic_cst": directions, "random_state": 0}
    for e in (TC, RC, EC):
        more = {} if e == TC else {"n_estimators": 4}
        r.case(e, name, c | more)
        r.case(e, name, c | more | {"max_leaf_nodes": 10, "min_samples_leaf": 2}, True)
    r.case(TC, name, c | {"splitter": "random", "max_depth": 5})
for name in ("numbers", "counts", "whole numbers", "missing numbers", "amounts"):
    c = {"monotonic_cst": ([1, 0, 0, -1, 1] if name in ("numbers", "counts", "whole numbers") else [1, -1, 0, 0]),
         "random_state": 0}
    for e in (TR, RR, ER):
        more = {} if e == TR else {"n_estimators": 3}
        r.case(e, name, c | more)
        r.case(e, name, c | more | {"max_leaf_nodes": 10, "min_samples_leaf": 2}, True)
    r.case(TR, name, c | {"criterion": "absolute_error", "max_depth": 5})
    r.case(TR, name, c | {"splitter": "random"})
r.write("forests")
