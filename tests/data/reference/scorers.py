"""Writes scorers.json: what scikit-learn's scorers say of predictions.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python scorers.py [SEED [COUNT [FILE]]]
For a wider look than the recorded one, run it with another seed and a larger
count, and the tests of pleat-core after it.

A case is a target's labels, what a model that knows some of them said of a few
rows, and each scorer's value without and with weights. null is where it raised.
Scorers get a fitted estimator, as cross_validate gives it to them, and not bare
arrays: which column they look at is part of what is recorded.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names

warnings.simplefilter("ignore")

CLUSTERING = {
    "adjusted_mutual_info_score", "adjusted_rand_score", "completeness_score",
    "fowlkes_mallows_score", "homogeneity_score", "mutual_info_score",
    "normalized_mutual_info_score", "rand_score", "v_measure_score",
}
REGRESSION = {
    "d2_absolute_error_score", "explained_variance", "neg_max_error", "neg_mean_absolute_error",
    "neg_mean_absolute_percentage_error", "neg_mean_gamma_deviance", "neg_mean_poisson_deviance",
    "neg_mean_squared_error", "neg_mean_squared_log_error", "neg_median_absolute_error",
    "neg_root_mean_squared_error", "neg_root_mean_squared_log_error", "r2",
}
CLASSES = [
    name for name in get_scorer_names()
    if name not in CLUSTERING | REGRESSION and not name.endswith("_samples")
]
UNWEIGHTED = {"neg_max_error", "positive_likelihood_ratio", "neg_negative_likelihood_ratio"}
POSITIVE = {"precision", "recall", "f1", "jaccard", "average_precision", "neg_brier_score",
            "d2_brier_score"}


class Said(BaseEstimator):
    """An estimator that has said it all before."""

    def __init__(self, answers):
        self.answers = answers

    def fit(self, x=None, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, x):
        return self.answers


class Classifier(ClassifierMixin, Said):
    pass


class Probable(Classifier):
    def predict_proba(self, x):
        return self.probabilities


class Decided(Probable):
    def decision_function(self, x):
        return self.decision


class Regressor(RegressorMixin, Said):
    pass


def value(scorer, model, truth, weights):
    try:
        known = {} if weights is None else {"sample_weight": np.array(weights)}
        score = float(scorer(model, np.zeros((len(truth), 1)), truth, **known))
    except (ValueError, ZeroDivisionError, IndexError):
        return None
    return score if np.isfinite(score) else repr(score)


def scores(names, model, truth, weights, labels=None, pos_label=None):
    found = {}
    for name in names:
        scorer = get_scorer(name)
        if name in POSITIVE:
            scorer._kwargs = dict(scorer._kwargs)
            if pos_label is not None:
                scorer._kwargs["pos_label"] = pos_label
            elif name.endswith("brier_score") and len(model.classes_) == 2:
                # Where one class is tested scikit-learn may take it for the
                # positive one and compare it with the other's column.
                if len(labels) > 2 or not isinstance(labels[0], str):
                    scorer._kwargs["pos_label"] = model.classes_[-1]
        several = [None] if name in UNWEIGHTED else [None, weights]
        found[name] = [value(scorer, model, truth, w) for w in several]
    return found


def rounded(values, digits):
    return np.round(values, digits) + 0.0


def some_weights(draws, rows):
    kind = draws.randint(4)
    if kind == 0:
        return rounded(draws.random_sample(rows) * 3, 3)
    if kind == 1:
        return draws.randint(0, 3, rows).astype(float)
    if kind == 2:
        return draws.randint(1, 4, rows) * 0.1
    return rounded(draws.random_sample(rows) * (draws.random_sample(rows) < 0.5), 2)


LABELS = [
    [0, 1], [0, 1], [-1, 1], [1, 2], [5, 7], ["no", "yes"], [0, 1, 2], [0, 1, 2], [1, 2, 5],
    ["a", "b", "c"], [0, 1, 2, 3], list(range(12)),
]


def classes(draws, labels=None, rows=None, **fixed):
    labels = labels or LABELS[draws.randint(len(LABELS))]
    count = len(labels)
    rows = rows or draws.randint(1, 30) + (count if draws.randint(3) else 0)
    truth = draws.randint(0, count, rows)
    if draws.randint(3) == 0 and rows >= count:
        truth[:count] = np.arange(count)
    known = np.arange(count)
    if draws.randint(5) == 0:
        known = np.sort(draws.permutation(count)[: draws.randint(1, count + 1)])
    answers = known[draws.randint(0, len(known), rows)]
    right = draws.random_sample(rows) < 0.5
    answers = np.where(right & np.isin(truth, known), truth, answers)
    tied = draws.randint(3) == 0
    if tied:
        parts = draws.randint(0, 3, (rows, len(known))) + (answers[:, None] == known)
    else:
        parts = draws.random_sample((rows, len(known))) + (answers[:, None] == known)
    if draws.randint(6) == 0:
        parts = (answers[:, None] == known) * 1.0
    parts = parts + (parts.sum(axis=1, keepdims=True) == 0)
    probabilities = rounded(parts / parts.sum(axis=1, keepdims=True), 6)
    width = 1 if len(known) <= 2 else len(known)
    decision = rounded(draws.standard_normal((rows, width)) * 2, 0 if tied else 3)
    weights = some_weights(draws, rows)
    pos_label = None
    if count == 2 and draws.randint(3) == 0:
        pos_label = labels[draws.randint(2)]
    case = {
        "labels": labels, "pos_label": pos_label, "truth": truth.tolist(),
        "known": known.tolist(), "answers": answers.tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "decision": decision.ravel().tolist() if draws.randint(2) else None,
        "weights": weights.tolist(),
    } | fixed
    score_classes(case)
    return case


def score_classes(case):
    labels = np.array(case["labels"])
    known = case["known"]
    model = (Probable if case["decision"] is None else Decided)(labels[case["answers"]])
    model.classes_ = labels[known]
    model.probabilities = np.array(case["probabilities"]).reshape(-1, len(known))
    if case["decision"] is not None:
        decision = np.array(case["decision"])
        model.decision = decision if len(known) <= 2 else decision.reshape(-1, len(known))
    case["scores"] = scores(CLASSES, model, labels[case["truth"]], case["weights"],
                            case["labels"], case["pos_label"])


def numbers(draws, **fixed):
    rows = draws.randint(1, 25)
    scale = 10.0 ** draws.choice([0, 0, 0, -3, 6])
    truth = draws.standard_normal(rows) * scale
    if draws.randint(2):
        truth = np.abs(truth)
    kind = draws.randint(5)
    if kind == 0:
        truth = rounded(truth, 0)
    if kind == 1:
        truth = np.full(rows, truth[0])
    predicted = truth + draws.standard_normal(rows) * scale / 2
    if draws.randint(2):
        predicted = np.abs(predicted)
    if draws.randint(6) == 0:
        predicted = truth.copy()
    case = {
        "truth": [float(f"{x:.5g}") for x in truth],
        "predicted": [float(f"{x:.5g}") for x in predicted],
        "weights": some_weights(draws, rows).tolist(),
    } | fixed
    score_numbers(case)
    return case


def score_numbers(case):
    model = Regressor(np.array(case["predicted"]))
    case["scores"] = scores(sorted(REGRESSION), model, np.array(case["truth"]), case["weights"])


def edges():
    """What draws seldom come to."""
    draws = np.random.RandomState(99)
    half = [0.5, 0.5]
    two = dict(labels=[0, 1], decision=None, pos_label=None, known=[0, 1])
    yield classes(draws, rows=1, truth=[1], answers=[1], probabilities=[0.0, 1.0],
                  weights=[0.0], **two)
    yield classes(draws, rows=4, truth=[0, 0, 0, 0], answers=[0, 0, 0, 0],
                  probabilities=[1.0, 0.0] * 4, weights=[1.0, 2.0, 0.0, 0.5], **two)
    yield classes(draws, rows=4, truth=[1, 1, 1, 1], answers=[0, 0, 0, 0],
                  probabilities=[1.0, 0.0] * 4, weights=[1.0, 2.0, 0.0, 0.5], **two)
    yield classes(draws, rows=4, truth=[0, 1, 0, 1], answers=[0, 0, 0, 0],
                  probabilities=half * 4, weights=[1.0, 0.0, 2.0, 0.0], **two)
    yield classes(draws, rows=4, truth=[0, 1, 0, 1], answers=[0, 1, 0, 1],
                  probabilities=[1.0, 0.0, 0.0, 1.0] * 2, weights=[0.0] * 4, **two)
    yield classes(draws, rows=2, truth=[0, 1], answers=[0, 1],
                  probabilities=[0.5, 0.5, -0.1, 1.1], weights=[1.0, 1.0], **two)
    yield classes(draws, rows=3, truth=[0, 1, 0], answers=[0, 1, 1],
                  probabilities=half * 3, weights=[1.0, 3.0, 2.0],
                  **(two | dict(decision=[-0.0, 0.0, -0.0])))
    yield classes(draws, rows=3, truth=[0, 1, 0], answers=[0, 1, 1],
                  probabilities=half * 3, weights=[1.0, 3.0, 2.0],
                  **(two | dict(decision=[1e-320, 2e-320, -1e300])))
    three = dict(labels=[0, 1, 2], decision=None, pos_label=None, known=[0, 1, 2])
    yield classes(draws, rows=3, truth=[0, 1, 2], answers=[2, 1, 0],
                  probabilities=[1 / 3] * 9, weights=[1.0, 0.0, 0.0], **three)
    yield classes(draws, rows=4, truth=[0, 1, 2, 1], answers=[2, 1, 0, 1],
                  probabilities=[0.5, 0.4, 0.3] * 4, weights=[1e-9, 1e-9, 1e-9, 1e-9], **three)
    yield classes(draws, rows=4, truth=[0, 1, 2, 1], answers=[2, 1, 0, 1],
                  probabilities=[0.5, 0.3, 0.2] * 4, weights=[1e-9, 1e-9, 1e-9, 1e-9], **three)
    yield classes(draws, rows=300, labels=[0, 1, 2], known=[0, 1, 2], pos_label=None)
    yield classes(draws, rows=300, labels=[0, 1], known=[0, 1], pos_label=None)
    for truth, predicted, weights in [
        ([2.0], [2.5], [1.0]),
        ([0.0], [0.0], [3.0]),
        ([0.1] * 10, [0.2] * 10, [0.1] * 10),
        ([3.0, 3.0, 3.0], [3.0, 3.0, 3.0], [1.0, 0.0, 2.0]),
        ([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [1.0, 1.0, 1.0]),
        ([1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 2.0, 9.0], [0.0, 0.0, 0.0, 1.0]),
        ([1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 2.0, 9.0], [0.0] * 4),
        ([0.0, 0.0, 1e-300], [1e-300, 0.0, 1.0], [1.0, 2.0, 1.0]),
        ([0.0, 0.0, 2.0], [1e-9, 0.5, 1.0], [1.0, 2.0, 1.0]),
        ([1e-200, 1e200, 1.0], [1e-100, 1e100, 1.0], [1.0, 2.0, 1.0]),
        ([-0.5, 0.5], [-0.9, 3.0], [1.0, 2.0]),
        ([-1.0, 0.5], [-0.9, 3.0], [1.0, 2.0]),
        ([1.0, 0.5], [-1.0, 3.0], [1.0, 2.0]),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [0.0] * 5, [0.1, 0.2, 0.3, 0.3, 0.3]),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [0.0] * 5, [1.0, 1.0, 0.0, 0.0, 2.0]),
    ]:
        yield numbers(draws, truth=truth, predicted=predicted, weights=weights)


seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
path = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else pathlib.Path(__file__).with_suffix(".json"))
random = np.random.RandomState(seed)
cases = list(edges())
for _ in range(count):
    cases.append(classes(random))
for _ in range(count // 2):
    cases.append(numbers(random))
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
path.write_text(f"[\n{lines}\n]\n")
