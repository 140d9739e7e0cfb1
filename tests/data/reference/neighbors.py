"""Writes neighbors.json; see recording.py.

Ties are left out: scikit-learn gives them to whichever row comes first out of a
heap or a tree.
"""

import numpy as np
from recording import Recording, draws_of
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestCentroid

r = Recording([KNeighborsClassifier, KNeighborsRegressor, NearestCentroid])


def table(name, seed, rows, columns, classes=None, shape="plain"):
    draws = draws_of(seed)
    x = draws.standard_normal((rows, columns))
    number = x[:, 0] - 2 * x[:, -1] + draws.standard_normal(rows)
    if shape == "scales":
        x *= 10.0 ** draws.randint(-4, 5, size=columns)
    if shape == "constant":
        x[:, 1] = 0.5
    if shape == "collinear":
        x[:, 1] = 3 * x[:, 0]
    if shape == "positive":
        x = np.abs(x)
    y = number if classes is None else np.clip(np.floor(number / 2 + classes / 2), 0, classes - 1)
    y = y if classes is None else y.astype(int)
    # A class that has one row, and one that has several.
    if classes is not None:
        y[0], y[1:4] = classes - 1, 0
    r.table(name, x.round(3) if shape != "scales" else x, y, classes=classes, train=rows - 12)


for i, shape in enumerate(("plain", "scales", "constant", "collinear", "positive")):
    table(f"numbers {shape}", 10 + i, 60, 5, shape=shape)
    table(f"classes {shape}", 20 + i, 60, 5, 3, shape=shape)
table("two", 30, 50, 4, 2)
table("wide", 31, 40, 30, 4)
table("one column", 32, 40, 1, 2)
table("eight", 33, 90, 3, 8)

METRICS = [{"metric": name} for name in (
    "euclidean", "l2", "sqeuclidean", "manhattan", "cityblock", "l1", "chebyshev", "cosine")]
METRICS += [{"p": p} for p in (1, 2, 3, 4.5, 0.5)]
TREES = [{"algorithm": "kd_tree"}, {"algorithm": "ball_tree", "p": 3, "leaf_size": 4}, {"algorithm": "brute"}]
for shape in ("plain", "scales", "constant", "collinear", "positive"):
    for i, params in enumerate(METRICS + TREES):
        if shape == "scales" and params.get("metric") == "cosine":
            # One column is nearly all of a direction: what is left is rounding.
            continue
        weights = ("uniform", "distance", None)[i % 3]
        r.case("KNeighborsRegressor", f"numbers {shape}", params | {"weights": weights})
        r.case("KNeighborsClassifier", f"classes {shape}", params | {"weights": "distance", "n_neighbors": 1 + i})
for name in ("two", "wide", "eight"):
    for k in (1, 7, 28):
        r.case("KNeighborsClassifier", name, {"n_neighbors": k, "weights": "distance"},
               attributes=["n_samples_fit_"])

LEARNED = ["centroids_", "deviations_", "within_class_std_dev_", "class_prior_"]
for name in ("classes plain", "classes scales", "classes collinear", "two", "wide", "one column", "eight"):
    for metric in ("euclidean", "manhattan"):
        r.case("NearestCentroid", name, {"metric": metric}, count=0, attributes=LEARNED)
        r.case("NearestCentroid", name, {"metric": metric, "shrink_threshold": 0.4}, attributes=LEARNED)
        r.case("NearestCentroid", name, {"metric": metric, "priors": "empirical"}, attributes=LEARNED)
r.case("NearestCentroid", "classes constant", {"priors": "empirical"}, count=1, attributes=["centroids_"])
r.case("NearestCentroid", "two", {"priors": [0.2, 0.8], "shrink_threshold": 2}, count=0, attributes=LEARNED)
r.case("NearestCentroid", "two", {"priors": [2, 3]}, count=1, attributes=LEARNED)
r.case("NearestCentroid", "two", {"priors": [0.5, 0.500001]}, count=0)
r.write("neighbors")
