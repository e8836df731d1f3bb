"""Random data in place of data sets that cannot be downloaded.

They have the names, kinds and numbers of columns that scikit-learn's examples read,
and a target that depends on some of them. What is found on them says nothing.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import sklearn.datasets
from sklearn.utils import Bunch

__all__ = ["install"]

_HOUSING = "MedInc HouseAge AveRooms AveBedrms Population AveOccup Latitude Longitude"
_ADULT = ["workclass", "education", "occupation", "relationship", "race", "sex"]


def install() -> None:
    """Let the downloads of scikit-learn fall back on random data."""
    for name, stand_in in _STAND_INS.items():
        real = getattr(sklearn.datasets, name)
        setattr(sklearn.datasets, name, _or_random(name, real, stand_in))


def _or_random(
    name: str, real: Callable[..., Any], stand_in: Callable[..., Any]
) -> Any:
    @functools.wraps(real)
    def fetch(*args: Any, **options: Any) -> Any:
        try:
            return real(*args, **options)
        except OSError:  # no network
            print(f"stand-in for {name}{args}", file=sys.stderr)
            return stand_in(*args, **options)

    return fetch


def _numbers(n: int, names: list[str], rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(rng.normal(size=(n, len(names))), columns=names)


def _categories(n: int, levels: list[str], rng: np.random.Generator) -> Any:
    return pd.Categorical(rng.choice(levels, size=n))


def _labels(
    X: pd.DataFrame, shares: dict[str, float], rng: np.random.Generator
) -> pd.Series:
    """Return labels in these shares, by the order of a noisy sum of the numbers."""
    numbers = X.select_dtypes("number").to_numpy()
    rank = (numbers.sum(axis=1) + rng.normal(size=len(X))).argsort().argsort()
    cuts = np.cumsum(list(shares.values()))[:-1] * len(X)
    names = np.array(list(shares))[np.searchsorted(cuts, rank, side="right")]
    return pd.Series(pd.Categorical(names), name="target")


def _titanic(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    X = _numbers(1309, ["age", "fare", "sibsp", "parch", "body"], rng)
    X.loc[rng.random(len(X)) < 0.2, "age"] = np.nan
    X["pclass"] = rng.integers(1, 4, size=len(X))
    X["sex"] = _categories(len(X), ["female", "male"], rng)
    X["embarked"] = _categories(len(X), ["C", "Q", "S"], rng)
    return X, _labels(X.fillna(0.0), {"0": 0.6, "1": 0.4}, rng)


def _adult(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    X = _numbers(3000, ["age", "fnlwgt", "education-num", "hours-per-week"], rng)
    for name in _ADULT:
        X[name] = _categories(len(X), [f"{name} {i}" for i in range(4)], rng)
    return X, _labels(X, {"<=50K": 0.76, ">50K": 0.24}, rng)


def _yeast(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    X = _numbers(1484, [f"column {i}" for i in range(8)], rng)
    return X, _labels(X, {f"class {i}": 0.1 for i in range(10)}, rng)


def _german_credit(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    X = _numbers(1000, ["duration", "credit_amount", "age"], rng)
    X["purpose"] = _categories(len(X), ["car", "education", "radio"], rng)
    return X, _labels(X, {"good": 0.7, "bad": 0.3}, rng)


def _credit_card(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    X = _numbers(6000, [f"V{i}" for i in range(1, 29)], rng)
    X["Amount"] = rng.exponential(80.0, size=len(X))
    return X, _labels(X, {"0": 0.98, "1": 0.02}, rng).rename("Class")


_OPENML: dict[Any, Callable[..., tuple[pd.DataFrame, pd.Series]]] = {
    "titanic": _titanic,
    "adult": _adult,
    181: _yeast,
    31: _german_credit,
    1597: _credit_card,
}


def _openml(
    name: str | None = None,
    *,
    data_id: int | None = None,
    return_X_y: bool = False,
    **_: Any,
) -> Any:
    X, y = _OPENML[data_id if name is None else name](np.random.default_rng(0))
    return (
        (X, y) if return_X_y else Bunch(data=X, target=y, frame=X.assign(**{y.name: y}))
    )


def _housing(*, return_X_y: bool = True, **_: Any) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(0)
    X = _numbers(4000, _HOUSING.split(), rng)
    return X, (X["MedInc"] + rng.normal(size=len(X))).rename("MedHouseVal")


def _covtype(**_: Any) -> tuple[Any, Any]:
    X, y = sklearn.datasets.make_classification(
        16_000, n_features=54, n_informative=10, n_classes=7, random_state=0
    )
    return X, y + 1


def _newsgroups(subset: str = "train", *, categories: Any = None, **_: Any) -> Bunch:
    rng = np.random.default_rng(["train", "test"].index(subset))
    words = np.array([f"word{i}" for i in range(400)])
    target = rng.integers(0, len(categories), size=300)
    texts = [" ".join(rng.choice(words[40 * t : 40 * t + 300], 60)) for t in target]
    return Bunch(data=texts, target=target, target_names=list(categories))


def _faces(**_: Any) -> Bunch:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 7, size=1288)
    images = rng.random((7, 50, 37))[target] + rng.random((1288, 50, 37))
    images = images.astype(np.float32)
    names = np.array([f"Person {i}" for i in range(7)])
    return Bunch(
        data=images.reshape(len(images), -1),
        images=images,
        target=target,
        target_names=names,
    )


_STAND_INS: dict[str, Callable[..., Any]] = {
    "fetch_openml": _openml,
    "fetch_california_housing": _housing,
    "fetch_covtype": _covtype,
    "fetch_20newsgroups": _newsgroups,
    "fetch_lfw_people": _faces,
}
