"""Writes models.json: jobs as Pleat gets them, new rows, and what scikit-learn's pipelines say of those.

Made with scikit-learn 1.9.1, pandas 3.1.1 and numpy 2.4.6: python models.py
Every estimator is deterministic. The new rows have gaps where the first ones have them, and words
that the first ones do not have.
"""

import json
import pathlib

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

HERE = pathlib.Path(__file__).parent
NUMBERS, WORDS = ["age", "income"], ["city", "code"]
PIPELINE = [
    {"step": "SimpleImputer", "name": "fill", "columns": "numeric"},
    {"step": "SimpleImputer", "name": "fill-text", "strategy": "most_frequent", "columns": "text"},
    {"step": "StandardScaler", "columns": "numeric"},
    {"step": "OneHotEncoder", "handle_unknown": "ignore", "columns": "text"},
]
CASES = []


def rows(n, seed, cities):
    """Text and numbers with gaps; `code` is text that may look like numbers in another file."""
    draws = np.random.RandomState(seed)
    frame = pd.DataFrame({
        "age": draws.randint(18, 80, n).astype(float),
        "city": np.array(cities, object)[draws.randint(0, len(cities), n)],
        "income": draws.lognormal(3, 0.7, n).round(2),
        "code": np.array(["007", "11", "x4"], object)[draws.randint(0, 3, n)],
        "w": draws.randint(1, 9, n) / 4,
    })
    score = 0.04 * (frame.age - 50) + 0.8 * (frame.city == "Graz") - 0.5 * (frame.code == "11")
    score = score + 0.6 * draws.standard_normal(n)
    frame["y"] = np.select([score > 0.5, score > -0.4], ["yes", "maybe"], "no")
    frame["two"] = np.where(score > 0, 5, 1)
    frame["cost"] = (10 * score + frame.income / 3).round(3)
    for name, share in (("age", 0.15), ("income", 0.1), ("city", 0.1)):
        frame.loc[draws.random_sample(n) < share, name] = np.nan
    return frame


OLD = rows(180, 1, ["Bern", "Graz", "Linz", "Wien"])
NEW = rows(40, 2, ["Bern", "Graz", "Köln", "Wien", "Ulm"])


def steps():
    fill = SimpleImputer()
    words = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    return make_column_transformer((make_pipeline(fill, StandardScaler()), NUMBERS), (words, WORDS))


def case(name, job, target, model, scoring, weights=False, tolerance=1e-9):
    kept = [*NUMBERS, *WORDS, target, *(["w"] if weights else [])]
    old, new = (f[[c for c in f if c in kept]] for f in (OLD, NEW))
    passed, scored = {}, {}
    if weights:
        passed = {
            "columntransformer__pipeline-1__standardscaler__sample_weight": old.w,
            f"{model.steps[-1][0]}__sample_weight": old.w,
        }
        scored = {"sample_weight": new.w}
        # What a step inside a column transformer does with weights needs routing, which would pass
        # them everywhere; it is fitted by hand.
        model = Weighted(model[-1])
        passed = {"weights": old.w}
    model.fit(old[NUMBERS + WORDS], old[target], **passed)
    x = new[NUMBERS + WORDS]
    found = {
        "name": name,
        "job": {"data": {"csv": old.to_csv(index=False)} | ({"sample_weight": "w"} if weights else {}),
                "target": target, "scoring": scoring, "cv": 3} | job,
        "new": new.to_csv(index=False),
        "predictions": np.asarray(model.predict(x)).tolist(),
        "scores": {s: float(get_scorer(s)(model, x, new[target], **scored)) for s in scoring},
        "tolerance": tolerance,
    }
    if job.get("proba", True) and hasattr(model, "predict_proba"):
        found["classes"] = model.classes_.tolist()
        found["probabilities"] = model.predict_proba(x).tolist()
    found["job"].pop("proba", None)
    CASES.append(found)


class Weighted:
    """The pipeline with weights given to its scaler and its estimator."""

    _estimator_type = "classifier"

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, x, y, weights):
        self.fill = SimpleImputer().fit(x[NUMBERS])
        self.scale = StandardScaler().fit(self.fill.transform(x[NUMBERS]), sample_weight=weights)
        self.fill_words = SimpleImputer(strategy="most_frequent").fit(x[WORDS])
        self.encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        self.encode.fit(self.fill_words.transform(x[WORDS]))
        self.estimator.fit(self.matrix(x), y, sample_weight=weights)
        self.classes_ = self.estimator.classes_
        return self

    def matrix(self, x):
        numbers = self.scale.transform(self.fill.transform(x[NUMBERS]))
        return np.hstack([numbers, self.encode.transform(self.fill_words.transform(x[WORDS]))])

    def predict(self, x):
        return self.estimator.predict(self.matrix(x))

    def predict_proba(self, x):
        return self.estimator.predict_proba(self.matrix(x))

    def __sklearn_tags__(self):
        return self.estimator.__sklearn_tags__()


LOGISTIC = {"tol": 1e-10, "max_iter": 10000}
case(
    "logistic regression",
    {"estimator": "LogisticRegression", "params": LOGISTIC, "pipeline": PIPELINE},
    "y", make_pipeline(steps(), LogisticRegression(**LOGISTIC)),
    ["accuracy", "balanced_accuracy", "neg_log_loss", "roc_auc_ovr"], tolerance=1e-6,
)
case(
    "weights",
    {"estimator": "LogisticRegression", "params": LOGISTIC, "pipeline": PIPELINE},
    "two", make_pipeline(steps(), LogisticRegression(**LOGISTIC)),
    ["accuracy", "neg_log_loss", "roc_auc", "f1"], weights=True, tolerance=1e-6,
)
# Scored by its decision, since it has no probabilities.
case(
    "svc",
    {"estimator": "SVC", "params": {"C": 2.0, "tol": 1e-8}, "pipeline": PIPELINE, "proba": False},
    "two", make_pipeline(steps(), SVC(C=2.0, tol=1e-8)), ["accuracy", "roc_auc"], tolerance=1e-6,
)
case(
    "ridge",
    {"estimator": "Ridge", "params": {"alpha": 0.5}, "pipeline": PIPELINE},
    "cost", make_pipeline(steps(), Ridge(alpha=0.5)), ["r2", "neg_mean_absolute_error"],
)
grid = GridSearchCV(
    make_pipeline(steps(), DecisionTreeClassifier(random_state=0)),
    {"decisiontreeclassifier__max_depth": [1, 3], "decisiontreeclassifier__min_samples_leaf": [5, 20]},
    cv=StratifiedKFold(3),
)
case(
    "the best tree of a search",
    {"estimator": "DecisionTreeClassifier", "pipeline": PIPELINE,
     "search": {"strategy": "grid", "space": {"max_depth": [1, 3], "min_samples_leaf": [5, 20]}}},
    "y", grid, ["accuracy"],
)
several = GridSearchCV(
    make_pipeline(steps(), Ridge()), {"ridge__alpha": [0.01, 100.0]}, cv=KFold(3),
    scoring="neg_mean_squared_error",
)
case(
    "the best of several estimators",
    {"pipeline": PIPELINE, "refit": "neg_mean_squared_error",
     "estimators": ["DummyRegressor", {"estimator": "Ridge", "space": {"alpha": [0.01, 100.0]}}]},
    "cost", several, ["neg_mean_squared_error", "r2"],
)

lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in CASES)
(HERE / "models.json").write_text(f"[\n{lines}\n]\n")
