"""XGBoost's models and what they predict, written to booster.json; and the other way round.

Made with xgboost 3.2.0 and numpy 2.4.6: python booster.py [SEED [FILE]]
The seed is added to that of every case.

    python booster.py check FOLDER

asks xgboost what the models in FOLDER predict, which the test `models_for_xgboost` has
written there with its own predictions.
"""

import json
import pathlib
import sys

import numpy as np
import xgboost

# Margins are summed in single precision there; an exponential makes the most of that.
CLOSE = 2e-6


def data(seed, rows, classes, categories, holes):
    draws = np.random.RandomState(seed)
    x = (draws.random_sample((rows, 4)) * 4 - 2).astype(np.float32)
    number = x[:, 0] - 2 * x[:, 1] + x[:, 2] * x[:, 2] + 4 * draws.random_sample(rows)
    label = np.floor((number + 1) * classes / 8).clip(0, classes - 1)
    if categories:
        x[:, 1] = np.floor((x[:, 1] + 2) * 10)
        x[:, 3] = np.floor((x[:, 3] + 2) * 1.5)
    if holes:
        x[draws.random_sample(x.shape) < 0.15] = np.nan
    return x, number, label


def matrix(x, categories, label=None):
    types = ["float", "c", "float", "c"] if categories else None
    return xgboost.DMatrix(x, label=label, feature_types=types, enable_categorical=categories)


def cells(x):
    return [[None if np.isnan(v) else float(v) for v in column] for column in x.T]


def record(seed, path):
    cases = []

    def case(objective, classes=2, categories=False, holes=False, **params):
        x, number, label = data(seed + len(cases), 240, classes, categories, holes)
        y = label if objective.startswith(("binary", "multi")) else number
        if objective in ("count:poisson", "reg:gamma", "reg:tweedie"):
            y = np.floor(number * number) + (objective == "reg:gamma")
        params = {"objective": objective, "max_depth": 3, "nthread": 1, "tree_method": "hist"} | params
        if objective.startswith("multi"):
            params["num_class"] = classes
        model = xgboost.train(params, matrix(x[:200], categories, y[:200]), 3)
        rest = x[200:]
        if categories:
            rest[0, 1], rest[1, 3] = 77, 200
        answers = model.predict(matrix(rest, categories))
        cases.append({
            "objective": objective, "rows": cells(rest), "answers": [float(a) for a in answers.ravel()],
            "model": json.loads(model.save_raw("json")),
        })

    for holes in (False, True):
        for categories in (False, True):
            case("binary:logistic", holes=holes, categories=categories)
            case("reg:squarederror", holes=holes, categories=categories, max_cat_to_onehot=8)
        case("multi:softprob", 3, holes=holes)
    case("multi:softmax", 4, categories=True)
    case("multi:softprob", 3, categories=True, base_score=0.5)
    case("multi:softprob", 2)
    case("count:poisson")
    case("reg:gamma", holes=True)
    case("reg:tweedie")
    case("reg:absoluteerror")
    case("reg:quantileerror", quantile_alpha=0.3)
    case("reg:squarederror", base_score=2.5, grow_policy="lossguide")
    path.write_text("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in cases) + "\n]\n")


def check(folder):
    furthest, files = 0.0, sorted(folder.glob("*.model.json"))
    for file in files:
        model = xgboost.Booster(model_file=str(file))
        case = json.loads(file.with_name(file.name.replace(".model", ".answers")).read_text())
        x = np.array([[np.nan if v is None else v for v in row] for row in case["rows"]], dtype=np.float32)
        types = ["c" if c else "float" for c in case["categories"]] if any(case["categories"]) else None
        got = model.predict(xgboost.DMatrix(x, feature_types=types, enable_categorical=True), validate_features=False)
        expected = np.array(case["answers"])
        off = np.max(np.abs(got.ravel() - expected) / np.maximum(1, np.abs(expected)))
        if not off <= CLOSE:
            print(f"{file.name}: {off:.2e}")
        furthest = max(furthest, off)
    print(f"{len(files)} models, at most {furthest:.2e} off")
    return 0 if files and furthest <= CLOSE else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"]:
        sys.exit(check(pathlib.Path(sys.argv[2])))
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    record(seed, pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json")))
