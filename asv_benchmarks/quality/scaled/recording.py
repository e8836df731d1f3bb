"""Fits of LightGBM that were run once: what each scores, and how long it takes.

Each of 256 points was trained in five folds of the loans, with the score and the CPU
seconds until then at 3, 9, 27, 81 and 243 trees. `python -m
asv_benchmarks.quality.scaled.recording` makes the file beside this one again.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from asv_benchmarks.quality.interface import Array
from asv_benchmarks.quality.trained.problems import loans
from asv_benchmarks.quality.workers import processes
from sksearch.history import History, Trial
from sksearch.optimizers import Sobol
from sksearch.space import Integer, Real, SearchSpace

FITS = Path(__file__).resolve().parent / "fits.csv"
RUNGS = (3, 9, 27, 81, 243)
N_POINTS, N_FOLDS = 256, 5
SHORTEST, LONGEST = 2.0, 20.0  # seconds to which fits in full are stretched
SPACE = {
    "num_leaves": Integer(4, 255, prior="log-uniform"),
    "learning_rate": Real(0.005, 0.5, prior="log-uniform"),
    "colsample_bytree": Real(0.1, 1.0),
    "subsample": Real(0.3, 1.0),
    "min_child_samples": Integer(2, 100, prior="log-uniform"),
    "reg_lambda": Real(1e-3, 1e2, prior="log-uniform"),
}
_DECIMALS = 5


@dataclass(frozen=True, eq=False)
class Recording:
    """The fits of all points.

    Parameters
    ----------
    X : ndarray of shape (n_points, n_dimensions)
        The points in the unit cube.
    scores : ndarray of shape (n_points, n_folds, n_rungs)
        Areas under the ROC curve.
    seconds : ndarray of shape (n_points, n_folds, n_rungs)
        From the first tree to the rung.
    """

    X: Array
    scores: Array
    seconds: Array

    def at(
        self, x: Array, fold: int, resource: int, earlier: Sequence[int]
    ) -> tuple[float, float]:
        """Return the score and the seconds of a fit, those of the nearest point.

        Where it was trained before, the seconds are of training it on.
        """
        point = int(np.argmin(((self.X - x) ** 2).sum(axis=1)))
        rung, seconds = RUNGS.index(resource), self.seconds[point, fold]
        before = seconds[RUNGS.index(max(earlier))] if earlier else 0.0
        return float(self.scores[point, fold, rung]), float(seconds[rung] - before)


def space() -> SearchSpace:
    """Return what is searched."""
    return SearchSpace(SPACE)


def points() -> list[Mapping[str, Any]]:
    """Return the points that are recorded."""
    history = History(space(), seed=0, n_splits=1)
    for i in range(N_POINTS):
        proposal = Sobol().ask(history, np.random.default_rng(i))
        assert proposal is not None
        history.record(Trial(i, proposal.params, tags=proposal.tags))
    return [trial.params for trial in history.trials]


@cache
def load() -> Recording:
    """Read the file, and stretch its seconds.

    What a fit takes in full is raised to a power and multiplied so that it lies between
    `SHORTEST` and `LONGEST`; the seconds until its rungs keep their shares of it.
    """
    with FITS.open(newline="") as file:
        _, *rows = list(csv.reader(file))
    numbers = np.array(rows, dtype=float)[:, 2:].reshape(
        N_POINTS, N_FOLDS, 2, len(RUNGS)
    )
    scores, seconds = numbers[:, :, 0], numbers[:, :, 1]
    full = seconds[:, :, -1]
    power = np.log(LONGEST / SHORTEST) / np.log(full.max() / full.min())
    stretched = SHORTEST * (full / full.min()) ** power
    seconds = seconds * (stretched / full)[:, :, np.newaxis]
    return Recording(space().encode(points()), scores, seconds)


# -- recording -------------------------------------------------------------------------


def record(point: int) -> list[list[float]]:
    """Train a point in each fold; return its rows."""
    from sklearn.model_selection import StratifiedKFold

    X, y = loans()
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0)
    params = points()[point]
    rows = []
    for fold, (train, test) in enumerate(folds.split(X, y)):
        fit = _trained(params, X[train], y[train], X[test], y[test])
        rows.append([point, fold, *(round(number, _DECIMALS) for number in fit)])
    return rows


def _trained(params: Mapping[str, Any], *data: Any) -> list[float]:
    """Return the score at each rung, then the seconds until each."""
    from lightgbm import LGBMClassifier
    from sklearn.metrics import roc_auc_score

    X, y, X_test, y_test = data
    model: Any = LGBMClassifier(
        n_estimators=RUNGS[-1],
        subsample_freq=1,
        random_state=0,
        n_jobs=1,
        verbose=-1,
        **params,
    )
    begin = process_time()
    clock: list[float] = []
    model.fit(X, y, callbacks=[lambda _: clock.append(process_time() - begin)])
    scores = [
        roc_auc_score(y_test, model.predict_proba(X_test, num_iteration=rung)[:, 1])
        for rung in RUNGS
    ]
    return [*scores, *(clock[min(rung, len(clock)) - 1] for rung in RUNGS)]


def _rows() -> Iterator[list[float]]:
    with processes(1) as pool:
        for rows in pool.map(record, range(N_POINTS)):
            yield from rows


def main() -> None:
    """Make the file."""
    names = [f"{kind}_{rung}" for kind in ("score", "seconds") for rung in RUNGS]
    with FITS.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["point", "fold", *names])
        writer.writerows(_rows())


if __name__ == "__main__":
    main()
