"""All out-of-fold predictions in one pool, from which rows are drawn."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sksearch import _sklearn_compat as compat
from sksearch.estimators._out_of_fold import OutOfFold
from sksearch.estimators._replay import Rescorer, is_mean_over_rows, rescorer

__all__ = ["Pool", "weights_of_draws"]

_MOST_AT_ONCE = 4_000_000  # draws times rows: 32 MB of weights


class Pool:
    """The predictions of all folds, one after the other, and who is drawn with whom.

    A row that is tested several times, as by `RepeatedKFold`, is there as often, and
    comes and goes as a whole; so does a group.

    Parameters
    ----------
    kept : OutOfFold
        The predictions.
    rows : sequence of int
        The candidates, by their rows in `cv_results_`.
    name : str
        Of the score.
    by_fold : bool or "auto"
        Whether each fold is scored by itself.

    Attributes
    ----------
    n_rows : int
        How many predictions each candidate has.
    n_units : int
        How many rows, or groups, are drawn.
    """

    def __init__(
        self, kept: OutOfFold, rows: Sequence[int], name: str, by_fold: bool | str
    ) -> None:
        tested = np.concatenate(kept.tests)
        units = np.arange(kept.n_samples) if kept.groups is None else kept.groups
        drawn, self._unit = np.unique(np.asarray(units)[tested], return_inverse=True)
        self.n_units, self.n_rows = len(drawn), len(tested)
        scorer = kept.scorers[name]
        parts = [np.arange(self.n_rows)]
        if by_fold is True or (by_fold == "auto" and _ranks_rows(scorer)):
            parts = _folds(kept.tests)
        tables = [_joined(kept.candidates[i]) for i in rows]
        self._parts: list[tuple[Any, Rescorer]] = [
            (part, _rescorer(scorer, kept, tables, tested, part)) for part in parts
        ]

    def draw(self, weights: Any) -> tuple[Any, Any]:
        """Choose by the rows that are drawn, and score on those that are not.

        Parameters
        ----------
        weights : ndarray of shape (n_draws, n_units)
            How often each unit is drawn.

        Returns
        -------
        scores : ndarray of shape (n_draws,)
            NaN where one cannot be computed.
        chosen : ndarray of int of shape (n_draws,)
            The candidates, of equals the first.
        """
        drawn = weights[:, self._unit]
        in_bag = self._mean([p.of_all(drawn[:, part]) for part, p in self._parts])
        known = np.where(np.isfinite(in_bag), in_bag, -np.inf)
        chosen = np.argmax(known, axis=1)
        left = (drawn == 0).astype(float)
        scores = self._mean([p.of_each(left[:, i], chosen) for i, p in self._parts])
        return np.where(np.isfinite(known).any(axis=1), scores, np.nan), chosen

    def _mean(self, scores: Sequence[Any]) -> Any:
        """Return the mean over folds by their sizes, of those that can be scored."""
        table = np.stack(scores)
        sizes = np.array([len(part) for part, _ in self._parts])
        known = np.isfinite(table)
        total = np.tensordot(sizes, known, 1)
        found = np.tensordot(sizes, np.where(known, table, 0.0), 1)
        nothing = np.full(found.shape, np.nan)
        return np.divide(found, total, out=nothing, where=total > 0)


def _ranks_rows(scorer: Any) -> bool:
    """Whether a score compares rows with one another by what is no label."""
    takes_labels = compat.response_methods(scorer) == ("predict",)
    return not is_mean_over_rows(scorer) and not takes_labels


def _folds(tests: Sequence[Any]) -> list[Any]:
    """Return the places of each fold in the pool."""
    ends = itertools.accumulate(map(len, tests), initial=0)
    return [np.arange(*pair) for pair in itertools.pairwise(ends)]


def _joined(folds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: np.concatenate([fold[name] for fold in folds]) for name in folds[0]}


def _rescorer(
    scorer: Any,
    kept: OutOfFold,
    tables: Sequence[Mapping[str, Any]],
    tested: Any,
    part: Any,
) -> Rescorer:
    """Return what scores the rows of a part of the pool."""
    params = compat.check_method_params(
        np.empty(kept.n_samples), params=kept.score_params, indices=tested[part]
    )
    return rescorer(
        scorer,
        [{name: values[part] for name, values in table.items()} for table in tables],
        np.asarray(kept.y)[tested[part]],
        kept.classes,
        params,
    )


def weights_of_draws(pool: Pool, n_draws: int, rng: Any) -> Iterator[Any]:
    """Yield how often each unit is drawn, a few draws at a time.

    Parameters
    ----------
    pool : Pool
        From which is drawn.
    n_draws : int
        How often.
    rng : RandomState
        Draws.

    Yields
    ------
    weights : ndarray of shape (n, n_units)
        One line for each draw.

    Raises
    ------
    ValueError
        If there is one unit only.
    """
    if pool.n_units < 2:
        raise ValueError(
            f"There is {pool.n_units} group to draw from, so that none is left to "
            "score. Fit with more groups, or without."
        )
    step = max(1, _MOST_AT_ONCE // pool.n_rows)
    shares = np.full(pool.n_units, 1 / pool.n_units)
    for start in range(0, n_draws, step):
        size = min(step, n_draws - start)
        yield rng.multinomial(pool.n_units, shares, size=size).astype(float)
