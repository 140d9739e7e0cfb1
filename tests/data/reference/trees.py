"""Writes trees.json; see recording.py."""

import numpy as np
from recording import SEED, Recording, draws_of
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

r = Recording([DecisionTreeClassifier, DecisionTreeRegressor])
C, R = "DecisionTreeClassifier", "DecisionTreeRegressor"


def table(name, seed, rows, columns, classes=None, missing=0.0, whole=False, positive=False):
    """Few digits, but no two rows alike; a third of the weights are 0 or equal."""
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
    r.table(name, x, y.round(3), weights, train=rows - 10, classes=classes)


table("three", 0, 140, 5, 3)
table("two", 1, 120, 3, 2)
table("many", 2, 150, 4, 8)
table("whole", 3, 150, 5, 3, whole=True)
table("missing", 4, 140, 4, 3, missing=0.2)
table("numbers", 5, 140, 5)
table("more numbers", 6, 130, 2)
table("missing numbers", 7, 140, 4, missing=0.2)
table("whole numbers", 8, 140, 5, whole=True)
table("amounts", 9, 130, 4, positive=True)
r.table("one row", [[1, 2], [0, 0]], [1, 0], train=1, classes=2)
r.table("one number", [[1, 2], [0, 0]], [1.5, 0], train=1)
r.table("alike", [[1, 2]] * 6, [0, 1, 1, 0, 1, 0], train=5, classes=2)
r.table("alike numbers", [[1, 2]] * 6, [0, 1, 1, 0, 1, 0], train=5)
# Whole columns of nothing, and no missing value but among the rows that are predicted.
nan = float("nan")
r.table("nothing", [[nan, 1], [nan, 2], [nan, 3], [nan, nan], [0, nan], [nan, nan]], [0, 0, 1, 1, 0, 0],
        train=4, classes=2)
r.table("missing later", [[0, 1], [1, 1], [2, 0], [3, 1], [4, 1], [nan, nan], [nan, 1], [9, nan]],
        [0, 0, 1, 1, 1, 0, 0, 0], train=5, classes=2)

# Grown until nothing is left to split, under several draws.
for name in ("three", "two", "many", "whole", "missing"):
    for state, criterion in ((0, "gini"), (1, "entropy"), (2, "gini")):
        r.case(C, name, {"random_state": state, "criterion": criterion})
    r.case(C, name, {"max_features": "sqrt", "random_state": 3})
    r.case(C, name, {"max_features": 2, "random_state": 4, "min_samples_leaf": 3})
    r.case(C, name, {"max_features": 0.5, "random_state": 5, "max_leaf_nodes": 12})
    r.case(C, name, {"max_leaf_nodes": 9, "random_state": 0})
    r.case(C, name, {"splitter": "random", "random_state": 0})
    r.case(C, name, {"splitter": "random", "random_state": 1, "min_samples_leaf": 4}, True)
    r.case(C, name, {"max_leaf_nodes": 30, "random_state": 7, "max_depth": 6})
    r.case(C, name, {"min_samples_split": 0.1, "random_state": 0})
    r.case(C, name, {"min_samples_leaf": 0.04, "random_state": 0})
    r.case(C, name, {"min_weight_fraction_leaf": 0.05, "random_state": 0})
    r.case(C, name, {"min_impurity_decrease": 0.01, "random_state": 0})
    for alpha in (0.005, 0.02, 0.3):
        r.case(C, name, {"ccp_alpha": alpha, "random_state": 0})
    r.case(C, name, {"ccp_alpha": 0.01, "max_leaf_nodes": 15, "criterion": "entropy", "random_state": 1})
    r.case(C, name, {"class_weight": "balanced", "max_depth": 5, "random_state": 0})
    r.case(C, name, {"random_state": 0}, True)
    r.case(C, name, {"random_state": 1, "criterion": "log_loss", "min_weight_fraction_leaf": 0.1}, True)
    r.case(C, name, {"random_state": 2, "class_weight": "balanced", "max_leaf_nodes": 12}, True)
    r.case(C, name, {"random_state": 2, "ccp_alpha": 0.01}, True)
for name in ("one row", "alike", "nothing", "missing later"):
    r.case(C, name, {"random_state": 0})

for name in ("numbers", "more numbers", "amounts"):
    criteria = ["squared_error", "absolute_error", "friedman_mse"] + ["poisson"] * (name == "amounts")
    for criterion in criteria:
        c = {"criterion": criterion, "random_state": 0}
        if criterion == "poisson" and SEED:
            # It takes logarithms. Two rows can be parted either way round, a tie that the last
            # bit of a logarithm decides, and that is the C library's. So live trees stop
            # before they come to so few rows.
            c["min_samples_leaf"] = 5
        r.case(R, name, c)
        r.case(R, name, c, True)
        r.case(R, name, c | {"max_features": 1, "random_state": 3})
        r.case(R, name, c | {"max_leaf_nodes": 12})
        r.case(R, name, c | {"splitter": "random", "max_features": 0.7})
        r.case(R, name, c | {"min_samples_leaf": 5, "min_impurity_decrease": 0.01})
        r.case(R, name, c | {"min_weight_fraction_leaf": 0.05, "max_depth": 5}, True)
        r.case(R, name, c | {"ccp_alpha": 0.03})
for name in ("whole numbers", "missing numbers"):
    for criterion in ("squared_error", "absolute_error"):
        for weighted in (False, True):
            c = {"criterion": criterion, "random_state": 1}
            r.case(R, name, c, weighted)
            r.case(R, name, c | {"max_features": 2, "min_samples_leaf": 3}, weighted)
            r.case(R, name, c | {"max_leaf_nodes": 20}, weighted)
            r.case(R, name, c | {"splitter": "random"}, weighted)
for name in ("one number", "alike numbers"):
    r.case(R, name, {"random_state": 0})
r.write("trees")
