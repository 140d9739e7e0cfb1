"""Writes groups.json: what scikit-learn's metrics of clusterings say of random ones.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python groups.py [SEED [COUNT [FILE]]]

A case is the true classes of some rows, the groups found for them, features, and each metric's value; null is where
it raised.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from scipy.spatial.distance import cdist
from sklearn import metrics
from sklearn.metrics.cluster import _unsupervised

warnings.simplefilter("ignore")
# scikit-learn's distances are differences of squares, which leave a row some 1e-8 away from a centre
# that is the row itself.
_unsupervised.pairwise_distances = lambda x, y=None: cdist(x, x if y is None else y)

AGREEMENT = (
    "rand_score", "adjusted_rand_score", "mutual_info_score", "normalized_mutual_info_score", "adjusted_mutual_info_score",
    "homogeneity_score", "completeness_score", "v_measure_score", "fowlkes_mallows_score",
)


def asked(metric, *arguments):
    try:
        value = float(metric(*arguments))
    except ValueError:
        return None
    return value if np.isfinite(value) else str(value)


def case(rng, number):
    rows = int(rng.choice([1, 2, 3, 5, 12, 40, 150]))
    classes, groups = int(rng.integers(1, 7)), int(rng.integers(1, 9))
    truth = rng.integers(0, classes, rows)
    kind = number % 5
    found = {
        0: lambda: rng.integers(0, groups, rows),
        1: lambda: truth.copy(),
        2: lambda: np.arange(rows),
        3: lambda: np.where(rng.random(rows) < 0.8, truth, rng.integers(0, groups, rows)),
        4: lambda: truth // 2 + 3,
    }[kind]()
    width = int(rng.integers(1, 5))
    features = rng.normal(size=(rows, width)).round(3) + found[:, None] * rng.choice([0.0, 1.0, 10.0])
    if number % 7 == 0:
        features = np.round(features)
    if number % 11 == 0:
        features[:] = 1.5
    scores = {name: asked(getattr(metrics, name), truth, found) for name in AGREEMENT}
    scores["silhouette_score"] = asked(metrics.silhouette_score, features, found)
    scores["calinski_harabasz_score"] = asked(metrics.calinski_harabasz_score, features, found)
    scores["neg_davies_bouldin_score"] = asked(lambda x, y: -metrics.davies_bouldin_score(x, y), features, found)
    return {
        "truth": truth.tolist(), "found": found.tolist(),
        "features": [[round(float(x), 6) for x in row] for row in features], "scores": scores,
    }


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    out = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else pathlib.Path(__file__).with_suffix(".json")
    rng = np.random.default_rng(seed)
    cases = [case(rng, number) for number in range(count)]
    out.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
