"""What a search, or the file about it, says of the score of its model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError

from sksearch._numbers import is_finite_number
from sksearch.monitoring._drift_test import Reference

__all__ = ["Known", "known_of", "reference_of"]

_DOF_OF_A_GIVEN_SPREAD = 4  # as if five folds had told it


@dataclass(frozen=True)
class Known:
    """The scores of the folds, as they were stored.

    Parameters
    ----------
    name : str
        Of the score.
    folds : tuple of float
        Scores.
    n_train, n_test : float
        Rows of a fold, on average.
    """

    name: str
    folds: tuple[float, ...]
    n_train: float
    n_test: float


def known_of(
    source: Any, score: str | None, fold_rows: tuple[float, float] | None
) -> Known:
    """Read the scores of the folds.

    Parameters
    ----------
    source : search or SearchMetadata
        A fitted search, or what `load_metadata` returns.
    score : str or None
        The name of a score; None is the one that was maximised.
    fold_rows : tuple of float or None
        Rows trained on and tested on in a fold, where the source does not tell.

    Raises
    ------
    NotFittedError
        If the search has no results.
    ValueError
        If there is no such score, or rows of folds are not known.
    """
    is_file = isinstance(getattr(source, "document", None), Mapping)
    folds, default = _of_file(source) if is_file else _of_search(source)
    name = default if score is None else score
    if name not in folds:
        raise ValueError(
            f"score={name!r} is not a score of this search, which has {list(folds)}. "
            "Pass one of these."
        )
    data = source.document["data"] if is_file else getattr(source, "_data_facts", {})
    n_train, n_test = _given_rows(fold_rows) if fold_rows else _fold_rows(data)
    return Known(name, tuple(folds[name]), float(n_train), float(n_test))


def _of_file(metadata: Any) -> tuple[dict[str, list[float]], str]:
    scores = metadata.scores["cross_validated"]
    goal = metadata.document["search"]["objectives"][0]
    folds = {name: list(told["folds"]) for name, told in scores.items()}
    return folds, goal if goal in folds else next(iter(folds))


def _of_search(search: Any) -> tuple[dict[str, list[float]], str]:
    if not hasattr(search, "cv_results_") or not hasattr(search, "best_index_"):
        raise NotFittedError(
            f"{type(search).__name__} has no best candidate, so there is no score to "
            "compare with. Call fit first, with refit."
        )
    table, row = search.cv_results_, search.best_index_
    prefix = "mean_test_"
    names = [n.removeprefix(prefix) for n in table if n.startswith(prefix)]
    folds = {name: _folds(table, name, row) for name in names}
    goals = [search.refit, *getattr(getattr(search, "history_", None), "goals", ())]
    return folds, next(
        (g for g in goals if isinstance(g, str) and g in folds), names[0]
    )


def _folds(table: Mapping[str, Any], name: str, row: int) -> list[float]:
    columns = (f"split{fold}_test_{name}" for fold in range(len(table)))
    return [float(table[column][row]) for column in columns if column in table]


def _given_rows(fold_rows: Any) -> tuple[float, float]:
    is_pair = isinstance(fold_rows, list | tuple) and len(fold_rows) == 2
    if not is_pair or not all(is_finite_number(n) and n > 0 for n in fold_rows):
        raise ValueError(
            f"fold_rows={fold_rows!r} must be two numbers above 0: rows trained on, "
            "and rows tested on, as in fold_rows=(800, 200)."
        )
    return float(fold_rows[0]), float(fold_rows[1])


def _fold_rows(data: Mapping[str, Sequence[float]]) -> tuple[float, float]:
    if not data.get("n_train") or not data.get("n_test"):
        raise ValueError(
            "This search does not know how many rows its folds had. Pass fold_rows, "
            "(rows trained on, rows tested on), as in fold_rows=(800, 200)."
        )
    return float(np.mean(data["n_train"])), float(np.mean(data["n_test"]))


def reference_of(known: Known, spread: float | None) -> Reference:
    """Return what the folds tell of the score in production.

    Parameters
    ----------
    known : Known
        Their scores.
    spread : float or None
        The standard deviation of the score of one fold; None is that of the folds.

    Raises
    ------
    ValueError
        If folds failed, or do not tell how far scores vary.
    """
    folds = np.array(known.folds)
    if not np.isfinite(folds).all():
        raise ValueError(
            f"The folds have the scores {known.folds}: one failed, so there is nothing "
            "to compare with."
        )
    dof, known_spread = len(folds) - 1, _spread(folds, known.n_test)
    if spread is None and not known_spread > 0.0:
        raise ValueError(
            f"The folds have the scores {known.folds}, which do not tell how far a "
            f"score varies by chance. Pass spread, its standard deviation on "
            f"{known.n_test:g} rows."
        )
    if spread is not None and not (is_finite_number(spread) and spread > 0.0):
        raise ValueError(f"spread={spread!r} must be a positive number.")
    is_given = spread is not None
    return Reference(
        mean=float(folds.mean()),
        spread=float(known_spread if spread is None else spread),
        dof=_DOF_OF_A_GIVEN_SPREAD if is_given else dof,
        rows=known.n_test,
        weight=known.n_test / (1 / len(folds) + known.n_test / known.n_train),
    )


def _spread(folds: NDArray[np.float64], rows: float) -> float:
    """Return how far the score of a fold's rows varies; 0 where nobody knows.

    A share of rows, such as accuracy, varies by p (1 - p) / m on m rows that are drawn.
    Folds may vary less: stratified ones all have the same rows of each class. That is
    no promise for batches, so this is the least that is assumed. Whatever the truth is,
    it weakens evidence for a drop.
    """
    if len(folds) < 2:
        return 0.0
    found = float(folds.std(ddof=1)) if np.ptp(folds) > 0.0 else 0.0
    if not _are_shares(folds, rows):
        return found
    share = float(folds.mean())
    return max(found, float(np.sqrt(share * (1.0 - share) / rows)))


def _are_shares(folds: NDArray[np.float64], rows: float) -> bool:
    """Whether each score is a whole number of rows; folds may differ by one row."""
    if folds.min() < 0.0 or folds.max() > 1.0:
        return False
    counts = np.outer(folds, [np.floor(rows), np.ceil(rows)])
    is_whole = np.abs(counts - np.round(counts)) < 1e-6
    return bool(is_whole.any(axis=1).all())
