"""What the scripts beside this one share: tables, and writing the cases down.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python NAME.py [SEED [FILE]]
The seed is added to that of every table and estimator. A table is stored with its
answers, since most are odd on purpose; NaN is stored as null.
"""

import json
import pathlib
import sys
import warnings

import numpy as np

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def draws_of(seed):
    return np.random.RandomState(seed + SEED)


class Recording:
    def __init__(self, estimators):
        self.estimators = {e.__name__: e for e in estimators}
        self.tables, self.cases = {}, []

    def table(self, name, x, y, weights=None, train=None, classes=None):
        """Rows from `train` on are predicted; `classes` says how many there are, for classifiers."""
        x, y = np.asarray(x, float), np.asarray(y)
        weights = np.ones(len(y)) if weights is None else np.asarray(weights, float)
        train = len(y) * 3 // 4 if train is None else train
        self.tables[name] = {"x": x, "y": y, "weights": weights, "train": train, "classes": classes}

    def case(self, estimator, table, params=None, weighted=False, count=None, attributes=()):
        """`count` is how many warnings are due from us; scikit-learn's are not looked at."""
        params, t = dict(params or {}), self.tables[table]
        if "random_state" in params:
            params["random_state"] += SEED
        x, y, cut = t["x"], t["y"], t["train"]
        fit = {"sample_weight": t["weights"][:cut]} if weighted else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = self.estimators[estimator](**params).fit(x[:cut], y[:cut], **fit)
            answers = model.predict(x[cut:])
            case = {"estimator": estimator, "table": table, "params": params, "weighted": weighted,
                    "answers": plain(answers)}
            if hasattr(model, "predict_proba"):
                case["probabilities"] = plain(model.predict_proba(x[cut:]).ravel())
        if attributes:
            case["attributes"] = {name: plain(getattr(model, name)) for name in attributes}
        if count is not None:
            case["warnings"] = count
        self.cases.append(case)

    def write(self, name):
        def stored(t):
            columns = [plain(column) for column in t["x"].T]
            return t | {"x": columns, "y": plain(t["y"]), "weights": plain(t["weights"])}

        tables = ",\n".join(f'"{k}": {json.dumps(stored(t))}' for k, t in self.tables.items())
        cases = ",\n".join(json.dumps(c) for c in self.cases)
        text = f'{{"tables": {{\n{tables}\n}},\n"cases": [\n{cases}\n]}}\n'
        own = pathlib.Path(__file__).with_name(f"{name}.json")
        pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else own).write_text(text)


def plain(values):
    """Floats as they are, whole ones without their fraction, NaN as None."""
    def one(v):
        if v != v:
            return None
        return int(v) if v == int(v) else float(v)

    return [one(v) for v in np.asarray(values).ravel().tolist()]
