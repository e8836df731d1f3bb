"""Other scores that the same predictions would give, beside the bootstrap of rows."""

from typing import Any

import numpy as np

from asv_benchmarks.quality.report.markdown import table
from asv_benchmarks.trust.drawn import DrawnSearch
from asv_benchmarks.trust.samples import SETTINGS

__all__ = ["others"]

N_SAMPLES, FIRST_SEED, N_DRAWS = 60, 2000, 300


def others() -> str:
    """Return how far each is off, in standard errors of the bootstrap of rows."""
    lines = []
    for name in SETTINGS:
        seeds = range(FIRST_SEED, FIRST_SEED + N_SAMPLES)
        found = np.array([_judged(name, seed) for seed in seeds])
        error, off = found[:, :1], found[:, 1:]
        lines.append([name, *(f"{mean:+.2f}" for mean in (off / error).mean(axis=0))])
    return table(
        ["data", "rows drawn (BBC)", "folds drawn", "all folds but one",
         "Tibshirani and Tibshirani"], lines,
    )  # fmt: skip


def _judged(name: str, seed: int) -> list[float]:
    setting = SETTINGS[name]
    X, y = setting.sample(seed)
    search = DrawnSearch(setting.estimator, setting.space, setting.scoring, seed)
    search.fit(X, y)
    rows, fold = _scores(search, y)
    truth = float(np.mean([setting.truth(m) for m in search.fold_estimators_]))
    rng = np.random.default_rng(seed)
    drawn = _drawn(rows, rng)
    folds = np.stack([rows[:, fold == k].mean(axis=1) for k in np.unique(fold)], axis=1)
    found = [drawn.mean(), _drawn(folds, rng).mean(), _left_out(folds), _nearer(folds)]
    return [float(drawn.std()), *(score - truth for score in found)]


def _scores(search: DrawnSearch, y: Any) -> tuple[Any, Any]:
    """Return the score of each candidate on each row, and the fold of each row."""
    kept, fold = search.oof_, np.empty(len(y), dtype=int)
    predicted = np.empty((len(kept.candidates), len(y)))
    for k, test in enumerate(kept.tests):
        fold[test] = k
        predicted[:, test] = [c[k]["predict"] for c in kept.candidates.values()]
    if search.scoring == "accuracy":
        return (predicted == y).astype(float), fold
    return -((predicted - y) ** 2), fold


def _drawn(scores: Any, rng: np.random.Generator) -> Any:
    """Choose by the columns that are drawn with replacement, score on the others."""
    n, found = scores.shape[1], []
    for _ in range(N_DRAWS):
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        if (times == 0).any():
            found.append(scores[np.argmax(scores @ times), times == 0].mean())
    return np.array(found)


def _left_out(folds: Any) -> float:
    """Choose by all folds but one, score on that one."""
    rest = folds.sum(axis=1, keepdims=True) - folds
    return float(np.mean([folds[np.argmax(r), k] for k, r in enumerate(rest.T)]))


def _nearer(folds: Any) -> float:
    """Take off how much better each fold's own best candidate is there.

    R. J. Tibshirani and R. Tibshirani, "A bias correction for the minimum error rate in
    cross-validation", Annals of Applied Statistics 3, 2009.
    """
    best = np.argmax(folds.mean(axis=1))
    return float(folds[best].mean() - np.mean(folds.max(axis=0) - folds[best]))
