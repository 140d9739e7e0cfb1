"""Records what scikit-learn's scalers, imputer and encoders make of small mixed frames.

    python3 steps-a.py [SEED [COUNT [FILE]]]

Every case is a frame, the rows to train on, a pipeline as a job states it, and the
frame that comes out (or that an error is raised). Steps get their columns by a
ColumnTransformer that passes the others through.
"""

import json
import pathlib
import random
import re
import sys
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder, OrdinalEncoder, RobustScaler,
    StandardScaler, TargetEncoder,
)

warnings.simplefilter("ignore")
CLASSES = {c.__name__: c for c in (
    SimpleImputer, StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler, Normalizer,
    OneHotEncoder, OrdinalEncoder, TargetEncoder)}
WORDS = ["Bern", "Genf", "Ulm", "Zug", "Chur", "Élan", "aarau", "x y", "10", "9"]


def parameter(name, value):
    if name in ("missing_values", "unknown_value", "encoded_missing_value") and value == "nan":
        return np.nan
    if name in ("feature_range", "quantile_range"):
        return tuple(value)
    if name == "categories" and value != "auto":
        return [[np.nan if v is None else v for v in column] for column in value]
    if name == "drop" and isinstance(value, list):
        return [np.nan if v is None else v for v in value]
    return value


def estimator(step):
    own = {k: parameter(k, v) for k, v in step.items() if k not in ("step", "name", "columns")}
    if step["step"] == "OneHotEncoder":
        own["sparse_output"] = False
    if step["step"] == "TargetEncoder" and own.get("shuffle", True):
        own.setdefault("random_state", 0)
    return CLASSES[step["step"]](**own)


def selected(frame, columns):
    text = [c for c in frame if frame[c].dtype == object]
    if columns in (None, "all"):
        return list(frame)
    if columns in ("text", "numeric"):
        return [c for c in frame if (c in text) == (columns == "text")]
    return columns


def typed(frame):
    """Columns of objects that are all numbers become numeric ones, others stay objects."""
    for c in frame:
        if not pd.api.types.is_numeric_dtype(frame[c]):
            frame[c] = pd.Series(list(frame[c]), index=frame.index, dtype=object)
        if frame[c].dtype == object and all(not isinstance(v, str) for v in frame[c]):
            if frame[c].isna().all() and c in TEXT:
                continue
            frame[c] = frame[c].astype(float)
    return frame


TEXT = set()


def apply(steps, frame, train, y, weights):
    whole, rows = frame, frame.iloc[train]
    target = None if y is None else y[train]
    for step in steps:
        columns = selected(whole, step.get("columns"))
        if not columns:
            continue
        est = estimator(step)
        if weights is not None:
            est.set_output(transform="pandas")
            est.fit(rows, sample_weight=weights[train])
            rows, whole = est.transform(rows), est.transform(whole)
            continue
        ct = ColumnTransformer(
            [("it", est, columns)], remainder="passthrough", verbose_feature_names_out=False,
            sparse_threshold=0)
        ct.set_output(transform="pandas")
        rows = typed(ct.fit_transform(rows, target))
        whole = typed(ct.transform(whole))
    # What is trained on is what fitting made, which differs where it is cross-fitted.
    whole = whole.copy()
    for c in whole:
        values = whole[c].to_numpy(dtype=object, copy=True)
        values[train] = rows[c].to_numpy(dtype=object)
        whole[c] = values
    return whole


def plain(v):
    if isinstance(v, str):
        return v
    if v is None or np.isnan(v):
        return None
    return float(v)


def make_frame(r, rows):
    TEXT.clear()
    data, kinds = {}, {}
    for i in range(r.randint(1, 3)):
        kind = r.choice(["normal", "skewed", "constant", "empty", "large", "small", "gaps"])
        values = {
            "normal": lambda: round(r.gauss(0, 1), 3),
            "skewed": lambda: round(r.expovariate(0.1), 2),
            "constant": lambda: 0.1,
            "empty": lambda: np.nan,
            "large": lambda: round(r.gauss(0, 1), 3) * 1e150,
            "small": lambda: round(r.gauss(0, 1), 3) * 1e-150,
            "gaps": lambda: np.nan if r.random() < 0.4 else round(r.gauss(5, 2), 3),
        }[kind]
        if kind == "empty" and r.random() < 0.7:
            values = lambda: round(r.gauss(-3, 1), 3)
        data[f"n{i}"] = np.array([values() for _ in range(rows)])
    if r.random() < 0.6:
        data["whole"] = np.array([r.randint(-1, 3) for _ in range(rows)])
    for i in range(r.randint(0, 2)):
        words = r.sample(WORDS, r.randint(1, 6))
        gap = r.choice([0, 0, 0.2])
        values = [np.nan if r.random() < gap else r.choice(words) for _ in range(rows)]
        # A column of nothing but numbers would not be read as text.
        if all(not isinstance(v, str) or v in ("10", "9") for v in values):
            values[0] = "Zug"
        data[f"t{i}"] = pd.Series(values, dtype=object)
        TEXT.add(f"t{i}")
    names = list(data)
    r.shuffle(names)
    return pd.DataFrame({n: data[n] for n in names})


def imputer(r, text):
    step = {"step": "SimpleImputer", "columns": "text" if text else "numeric"}
    step["strategy"] = r.choice(["most_frequent", "constant"] + ([] if text else ["mean", "median", "median"]))
    if step["strategy"] == "constant" and r.random() < 0.5:
        step["fill_value"] = "none of them" if text else r.choice([-7, 2.5])
    if not text and r.random() < 0.15:
        step["missing_values"] = r.choice([0, 2])
    if r.random() < 0.4:
        step["add_indicator"] = True
    if r.random() < 0.4 and not text:
        step["keep_empty_features"] = True
    return step


def scaler(r):
    name = r.choice(["StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "Normalizer"])
    step = {"step": name}
    flip = lambda key, value, p=0.3: step.update({key: value}) if r.random() < p else None
    if name == "StandardScaler":
        flip("with_mean", False), flip("with_std", False)
    if name == "MinMaxScaler":
        flip("feature_range", [-1, 2.5]), flip("clip", True)
    if name == "MaxAbsScaler":
        flip("clip", True)
    if name == "RobustScaler":
        flip("quantile_range", r.choice([[10.0, 80.0], [0, 100], [33.3, 66.7], [50, 50]]))
        flip("with_centering", False), flip("with_scaling", False), flip("unit_variance", True, 0.4)
        if step.get("quantile_range") in ([0, 100], [50, 50]):
            step.pop("unit_variance", None)
    if name == "Normalizer":
        step["norm"] = r.choice(["l1", "l2", "max"])
    if r.random() < 0.8:
        step["columns"] = "numeric"
    return step


def encoder(r, frame, columns):
    name = r.choice(["OneHotEncoder", "OrdinalEncoder", "TargetEncoder"])
    step = {"step": name, "columns": columns}
    if name != "TargetEncoder":
        if r.random() < 0.3:
            step["min_frequency"] = r.choice([2, 3, 0.2, 0.35])
        if r.random() < 0.3:
            step["max_categories"] = r.randint(1, 4)
    if name == "OneHotEncoder":
        step["handle_unknown"] = r.choice(["error", "ignore", "ignore", "infrequent_if_exist", "warn"])
        if r.random() < 0.4:
            step["drop"] = r.choice(["first", "if_binary"])
    if name == "OrdinalEncoder":
        if r.random() < 0.7:
            step["handle_unknown"] = "use_encoded_value"
            step["unknown_value"] = r.choice([-1, "nan", 2, 100])
        if r.random() < 0.4:
            step["encoded_missing_value"] = r.choice([-2, 1, 100])
    if name == "TargetEncoder":
        step["cv"] = r.choice([2, 3, 5])
        if r.random() < 0.5:
            step["smooth"] = r.choice([0, 1.5, 10])
        if r.random() < 0.3:
            step["shuffle"] = False
        elif r.random() < 0.5:
            step["random_state"] = r.randint(0, 99)
    if r.random() < 0.25 and isinstance(columns, list):
        lists = []
        for c in columns:
            known = sorted({v for v in frame[c] if isinstance(v, str) or not np.isnan(v)})
            if frame[c].dtype == object:
                r.shuffle(known)
                if r.random() < 0.5:
                    known = known[1:] or known
            else:
                known = [int(v) if frame[c].dtype == int else v for v in known]
            if frame[c].isna().any() and r.random() < 0.7:
                known.append(None)
            lists.append(known)
        step["categories"] = lists
        if name == "OneHotEncoder" and r.random() < 0.4:
            step["drop"] = [r.choice(l) for l in lists]
    return step


def make_steps(r, frame):
    steps = []
    if r.random() < 0.6:
        steps.append(imputer(r, False))
    if r.random() < 0.4:
        steps.append(imputer(r, True))
    # Names made of numbers are written as whole ones where the column is.
    fresh = [c for c in frame if c == "whole" or c in TEXT]
    if fresh and r.random() < 0.9:
        some = r.sample(fresh, r.randint(1, len(fresh)))
        kinds = ["text", some] if not steps or "whole" not in some else ["text"]
        steps.append(encoder(r, frame, r.choice(kinds)))
    if not steps or r.random() < 0.6:
        steps.append(scaler(r))
    return steps


def make_target(r, rows):
    kind = r.choice(["fractions", "two", "words", "whole"])
    if kind == "fractions":
        return kind, np.array([round(r.gauss(2, 3), 2) + 0.001 for _ in range(rows)])
    if kind == "whole":
        return "whole", np.array([float(r.randint(0, 4)) for _ in range(rows)])
    words = ["no", "yes"] if kind == "two" else ["p", "q", "r"]
    return "classes", np.array([r.choice(words) for _ in range(rows)], dtype=object)


def record(frame, train, steps, y=None, weights=None):
    case = {
        "columns": [[c, "text" if c in TEXT else "numeric", [plain(v) for v in frame[c]]] for c in frame],
        "train": train, "pipeline": steps,
    }
    if y is not None:
        case["target"] = [v if isinstance(v, str) else float(v) for v in y]
    if weights is not None:
        case["weights"] = list(weights)
    try:
        made = apply(steps, frame, train, y, weights)
        case["made"] = [[c, [plain(v) for v in made[c]]] for c in made]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as e:
        case["error"] = re.sub(r"\s+", " ", f"{type(e).__name__}: {e}")[:70]
    return case


def cases(seed, count):
    r = random.Random(seed)
    while count:
        rows = r.choice([6, 9, 14, 14, 14, 20])
        frame = make_frame(r, rows)
        train = sorted(r.sample(range(rows), r.choice([1, rows // 2, rows - 2, rows - 1, rows])))
        steps = make_steps(r, frame)
        y = None
        if any(s["step"] == "TargetEncoder" for s in steps):
            _, y = make_target(r, rows)
        case = record(frame, train, steps, y)
        # Most mistakes look alike.
        if "error" in case and r.random() < 0.75:
            continue
        count -= 1
        yield case
    TEXT.clear()
    for rows in (1, 7, 40):
        frame = pd.DataFrame({
            "a": [round(r.gauss(0, 5), 3) for _ in range(rows)],
            "b": [np.nan if r.random() < 0.3 and i else round(r.gauss(0, 5), 3) for i in range(rows)],
            "c": [0.1] * rows,
        })
        weights = np.array([r.choice([0.0, 0.5, 1.0, 3.25]) if i else 2.0 for i in range(rows)])
        yield record(frame, list(range(max(1, rows - 2))), [{"step": "StandardScaler"}], None, weights)


if __name__ == "__main__":
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 140
    made = list(cases(seed, count))
    head = {"scikit_learn": sklearn.__version__, "numpy": np.__version__, "pandas": pd.__version__}
    lines = ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in made)
    path = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else pathlib.Path(__file__).with_suffix(".json"))
    path.write_text(json.dumps(head)[:-1] + ', "cases": [\n' + lines + "\n]}\n")
