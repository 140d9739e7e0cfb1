"""What scikit-learn's steps make of mixed tables, for pleat to compare with.

    python steps-b.py [SEED [COUNT [FILE]]]

With COUNT, that many cases are drawn at random from SEED after those of the list,
and what chance decides is left out (by_chance).
A case is a pipeline in a job's form, which columns of a table it is given, and the rows
it is fitted on; the answer is what comes out for all rows, or that it fails.
"""

import json
import pathlib
import sys
import warnings
from functools import partial

import numpy as np
import pandas as pd
import sklearn
from sklearn import decomposition, feature_selection, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

warnings.simplefilter("ignore")
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 0
FILE = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else pathlib.Path(__file__).with_suffix(".json"))
rng = np.random.RandomState(SEED)


def table(rows):
    """Columns of every kind, two targets, weights."""
    a = rng.standard_normal(rows) * 3 + 1
    b = np.exp(rng.standard_normal(rows))
    holes = rng.standard_normal(rows)
    holes[rng.permutation(rows)[: rows // 5]] = np.nan
    frame = pd.DataFrame(
        {
            "a": a,
            "city": rng.choice(["Bern", "Ulm", "Wien"], rows),
            "b": b,
            "count": rng.randint(0, 5, rows),
            "same": np.full(rows, 2.5),
            "big": 1e6 + 1e3 * rng.random_sample(rows),
            "tiny": 1e-6 * rng.standard_normal(rows),
            "mix": a * 0.5 - b + 0.1 * rng.standard_normal(rows),
            "neg": -rng.random_sample(rows) * 4 - 0.1,
            "holes": holes,
            "void": np.full(rows, np.nan),
        }
    )
    return {
        "frame": frame,
        "classes": (a + rng.standard_normal(rows) > 1).astype(int) + (b > 2),
        "numbers": a - 2 * b + rng.standard_normal(rows),
        "weights": rng.randint(0, 4, rows).astype(float) / 2,
    }


TABLES = {"small": table(24), "wide": table(7), "long": table(90)}
ALL = ["a", "b", "count", "same", "big", "tiny", "mix", "neg"]
VARY = [c for c in ALL if c != "same"]


def step(form):
    """The scikit-learn step of an entry."""
    params = {k: v for k, v in form.items() if k not in ("step", "columns")}
    name = form["step"]
    for module in (preprocessing, decomposition, feature_selection):
        if hasattr(module, name):
            cls = getattr(module, name)
    if "score_func" in params:
        function = getattr(feature_selection, params["score_func"])
        if params["score_func"].startswith("mutual"):
            function = partial(function, random_state=0)
        params["score_func"] = function
    if name == "PCA":
        params.setdefault("svd_solver", "full")
    elif name == "TruncatedSVD":
        params.setdefault("algorithm", "arpack")
    if "random_state" in cls().get_params():
        params.setdefault("random_state", 0)
    if isinstance(params.get("degree"), list):
        params["degree"] = tuple(params["degree"])
    return cls(**params)


def answer(case):
    data = TABLES[case["data"]]
    x = data["frame"][case["columns"]]
    y = data[case["target"]]
    train = np.array(case["train"])
    steps, fitting = [], {}
    for i, form in enumerate(case["pipeline"]):
        made = step(form)
        if case.get("weights") and form["step"] in ("KBinsDiscretizer", "StandardScaler"):
            fitting[f"s{i}__sample_weight"] = data["weights"][train]
        if "columns" in form:
            made = ColumnTransformer(
                [("own", made, form["columns"])],
                remainder="passthrough",
                verbose_feature_names_out=False,
                sparse_threshold=0,
            )
        steps.append((f"s{i}", made))
    pipe = Pipeline(steps)
    try:
        pipe.fit(x.iloc[train], y[train], **fitting)
        out = pipe.transform(x)
        names = list(pipe.get_feature_names_out())
    except Exception as error:
        return {"error": type(error).__name__}
    out = out.toarray() if hasattr(out, "toarray") else np.asarray(out)
    column = lambda v: [None if x != x else x for x in v]
    return {"made": [[name, column(out[:, i].tolist())] for i, name in enumerate(names)]}


def case(pipeline, data="small", given=VARY, target="classes", train=None, weights=False, **more):
    pipeline = pipeline if isinstance(pipeline, list) else [pipeline]
    rows = len(TABLES[data]["frame"])
    if train is None:
        train = [r for r in range(rows) if r % 4 != 1]
    if weights:
        more["weights"] = "weights"
    return dict(data=data, pipeline=pipeline, columns=given, target=target, train=train, **more)


def quantile(**p):
    return {"step": "QuantileTransformer", **p}


def power(**p):
    return {"step": "PowerTransformer", **p}


def poly(**p):
    return {"step": "PolynomialFeatures", **p}


def bins(**p):
    return {"step": "KBinsDiscretizer", **p}


def best(score_func, k, **p):
    return {"step": "SelectKBest", "score_func": score_func, "k": k, **p}


def pca(**p):
    return {"step": "PCA", **p}


def svd(**p):
    return {"step": "TruncatedSVD", **p}


METHODS = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
           "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased"]
CLASSIF = ["f_classif", "chi2", "mutual_info_classif"]
REGRESSION = ["f_regression", "r_regression", "mutual_info_regression"]
POSITIVE = ["b", "count", "big"]


def listed():
    some = ["a", "count", "same", "holes"]
    yield case(quantile(n_quantiles=10), given=some + ["void"])
    yield case(quantile(n_quantiles=1000), given=some)
    yield case(quantile(n_quantiles=7, output_distribution="normal"), given=some + ["void"])
    yield case(quantile(n_quantiles=5, subsample=9, random_state=3), given=some)
    yield case(quantile(n_quantiles=1), given=["a", "b"])
    yield case(quantile(), given=["a", "b"], train=[3])
    yield case(power(), given=["a", "b", "same", "tiny", "neg", "mix", "holes"])
    yield case(power(standardize=False), given=["a", "b", "count", "neg"])
    yield case(power(), given=["a", "void"])
    yield case(power(), given=["a", "b"], train=[3])
    yield case(power(method="box-cox"), given=["b"])
    yield case(power(method="box-cox", standardize=False), data="long", given=["b"])
    yield case(power(method="box-cox"), given=["b", "same"])
    yield case(power(method="box-cox"), given=["b", "neg"])
    yield case(poly(), given=["a", "b", "neg"], data="wide")
    yield case(poly(degree=3, include_bias=False), given=["a", "b", "neg"], data="wide")
    yield case(poly(degree=3, interaction_only=True), given=["a", "b", "neg", "mix"], data="wide")
    yield case(poly(degree=[2, 3]), given=["a", "b"], data="wide")
    yield case(poly(degree=[2, 4], include_bias=False, interaction_only=True), given=["a", "b", "neg"], data="wide")
    yield case(poly(degree=0), given=["a"], data="wide")
    yield case(poly(), given=["a", "holes"])
    for strategy in ("uniform", "quantile", "kmeans"):
        yield case(bins(strategy=strategy, encode="ordinal"), given=ALL)
        yield case(bins(strategy=strategy, encode="ordinal", n_bins=3), given=ALL, weights=True)
        yield case(bins(strategy=strategy, n_bins=8, encode="ordinal", subsample=None), data="long", given=["a", "b", "count", "neg"])
        yield case(bins(strategy=strategy, encode="ordinal", subsample=12, random_state=2), given=["a", "b", "mix"])
        yield case(bins(strategy=strategy, encode="ordinal", subsample=12, random_state=5), given=["a", "b", "mix"], weights=True)
        yield case(bins(strategy=strategy, n_bins=2), given=["a", "b"], data="wide", train=[3])
    for method in METHODS:
        yield case(bins(quantile_method=method, encode="ordinal", n_bins=4), given=["a", "b", "count"])
    for method in ("linear", "inverted_cdf"):
        yield case(bins(quantile_method=method, encode="ordinal"), given=["a", "b", "count"], weights=True)
    yield case(bins(n_bins=[2, 3]), given=["a", "b"], data="wide")
    yield case(bins(n_bins=[2, 3, 4]), given=["a", "b"], data="wide")
    yield case(bins(n_bins=3, encode="onehot-dense", columns=["count", "same"]), given=["a", "count", "same"], data="wide")
    yield case(bins(), given=["a", "holes"])
    for threshold in (0, 0.5, 1e-13, 1e9):
        yield case({"step": "VarianceThreshold", "threshold": threshold}, given=ALL + ["holes", "void"], data="wide")
    yield case({"step": "VarianceThreshold"}, given=["a"], data="wide", train=[2])
    for function in CLASSIF + REGRESSION:
        positive = function == "chi2"
        # Of a constant column scikit-learn's r is infinite or rounding noise.
        every = VARY if function == "r_regression" else ALL
        target = "classes" if function in CLASSIF else "numbers"
        for k in (0, 1, 2, 3, "all", 99):
            given = POSITIVE + ["same"] if positive else every
            yield case(best(function, k), given=given, target=target, data="long" if k in (1, 2) else "small")
        for percentile in (0, 25, 50, 62.5, 100):
            form = {"step": "SelectPercentile", "score_func": function, "percentile": percentile}
            yield case(form, given=POSITIVE + ["same"] if positive else every, target=target)
    for function in REGRESSION:
        yield case(best(function, 2), target="classes")
    yield case(best("chi2", 1), given=["a", "b"])
    yield case(best("f_classif", 1), given=["a", "b"], train=[0, 2, 3, 6])
    yield case(best("f_classif", 1), given=["a", "holes"])
    yield case([{"step": "StandardScaler"}, pca()])
    yield case([{"step": "StandardScaler"}, pca(n_components=3, whiten=True)], data="long")
    yield case([{"step": "StandardScaler"}, pca(n_components=0.8)], data="long")
    yield case([{"step": "StandardScaler"}, pca(n_components="mle")], data="long")
    yield case([{"step": "StandardScaler"}, pca(n_components=3)], data="wide", train=[0, 1, 2, 4, 6])
    yield case(pca(), data="wide", given=["a", "b"])
    yield case(pca(n_components=1, columns=["a", "mix"]), given=["a", "b", "mix"])
    yield case(pca(n_components=0), given=["a", "b"], data="wide")
    yield case(pca(n_components=3), given=["a", "b"], data="wide")
    yield case(pca(n_components=2), given=["a", "b"], data="wide", train=[4])
    yield case(pca(n_components="mle"), data="wide", train=[0, 1, 2])
    yield case(pca(), given=["a", "holes"])
    yield case(svd(), given=["a", "b", "count", "mix"])
    yield case([{"step": "StandardScaler"}, svd(n_components=3)], data="long")
    yield case([{"step": "StandardScaler"}, svd(n_components=3)], data="wide", train=[0, 1, 2, 4, 6])
    yield case(svd(n_components=9), given=["a", "b"])
    yield case(svd(n_components=1), given=["a"])
    mixed = ["a", "city", "b", "count", "mix"]
    numeric = ["a", "b", "count", "mix"]
    yield case([quantile(n_quantiles=6, columns=numeric)], given=mixed)
    yield case([bins(n_bins=3, columns=["b", "a"])], given=mixed, data="wide")
    yield case([best("f_classif", 2, columns=numeric)], given=mixed)
    yield case([{"step": "StandardScaler"}, poly(include_bias=False), best("f_classif", 6), pca(n_components=2)], data="long", given=numeric)
    yield case([power(), bins(n_bins=4, encode="ordinal"), {"step": "VarianceThreshold"}], data="long", given=numeric)


def no_ties(given):
    """Of two scaled columns rounding decides a component's sign."""
    given = [c for c in given if c != "same"]
    return given if len(given) > 2 else ["a", "b", "mix"]


def drawn():
    pick = lambda items: items[rng.randint(len(items))]
    for _ in range(COUNT):
        data = pick(list(TABLES))
        rows = len(TABLES[data]["frame"])
        train = sorted(rng.permutation(rows)[: rng.randint(max(3, rows // 3), rows + 1)].tolist())
        given = [c for c in ALL if rng.random_sample() < 0.6] or ["a", "b"]
        target, weights = pick(["classes", "numbers"]), bool(rng.randint(2))
        kind = rng.randint(8)
        function = pick(CLASSIF[:1] + CLASSIF[2:] if target == "classes" else REGRESSION)
        if function == "r_regression":
            given = [c for c in given if c != "same"] or ["a", "b"]
        n = int(rng.randint(1, 6))
        if kind == 0:
            form = quantile(n_quantiles=int(rng.randint(1, 40)), output_distribution=pick(["uniform", "normal"]),
                            subsample=pick([None, 40, 1000]), random_state=n)
            given = given + ["holes"]
        elif kind == 1:
            form = power(standardize=bool(rng.randint(2)))
            # So narrow for its size that rounding decides the power.
            given = [c for c in given if c != "big"]
        elif kind == 2:
            form = poly(degree=pick([1, 2, 3, [1, 2], [2, 3]]), interaction_only=bool(rng.randint(2)))
            given = given[:4]
        elif kind == 3:
            form = bins(n_bins=n + 1, strategy=pick(["uniform", "quantile", "kmeans"]), encode=pick(["onehot", "ordinal"]),
                        quantile_method=pick(METHODS), subsample=pick([None, 20, 200000]), random_state=n)
        elif kind == 4:
            form = best(function, n)
        elif kind == 5:
            form = {"step": "SelectPercentile", "score_func": function, "percentile": float(rng.randint(0, 101))}
        elif kind == 6:
            given = no_ties(given)
            train = list(range(rows)) if len(train) <= len(given) else train
            form = pca(n_components=pick([None, 0.5, 0.9, n, "mle"]), whiten=False)
        else:
            given = no_ties(given)
            form = svd(n_components=min(n, max(1, len(given) - 1), len(train) - 1))
        yield case([{"step": "StandardScaler"}, form] if kind > 5 else form, data, given or ["b"], target, train, weights=weights)


def loses_a_centre(x, k, weights):
    """Whether a centre of k-means is ever left without points; it then gets one by a partial
    sort, whose order is that of numpy on one machine."""
    edges = np.linspace(x.min(), x.max(), k + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    for _ in range(300):
        label = np.abs(x[:, None] - centres).argmin(axis=1)
        mass = np.bincount(label, weights, k)
        if (mass == 0).any():
            return True
        centres = np.bincount(label, weights * x, k) / mass
    return False


def by_chance(case):
    """Whether the answer hangs on an order that is no one's promise, or on last bits.

    Neighbours among fewer than eight rows of a class are found by brute force, from
    squares that cancel, and the farthest of them is counted or not as they round.
    """
    data, train = TABLES[case["data"]], case["train"]
    for form in case["pipeline"]:
        if form.get("strategy") == "kmeans" and len(case["pipeline"]) == 1:
            n = form.get("n_bins", 5)
            w = data["weights"][train] if "weights" in case else np.ones(len(train))
            given = [data["frame"][c].to_numpy()[train] for c in case["columns"]]
            few = form.get("subsample") is not None and form["subsample"] < len(train)
            if few or any(loses_a_centre(x, n, w) for x in given):
                return True
    few = [1 < n < 8 for n in np.bincount(TABLES[case["data"]]["classes"][case["train"]])]
    return any(few) and any(s.get("score_func") == "mutual_info_classif" for s in case["pipeline"])


def columns(frame):
    plain = lambda v: [None if x != x else x for x in v]
    return {name: plain(frame[name].tolist()) for name in frame}


cases = [{**c, **answer(c)} for c in (*listed(), *drawn()) if not (COUNT and by_chance(c))]
tables = {
    name: {
        "columns": columns(t["frame"]),
        **{k: t[k].tolist() for k in ("classes", "numbers", "weights")},
    }
    for name, t in TABLES.items()
}
lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
head = json.dumps({"sklearn": sklearn.__version__, "data": tables}, separators=(",", ":"))
FILE.write_text(f'{head[:-1]},"cases":[\n{lines}\n]}}\n')
