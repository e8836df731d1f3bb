"""A new split for every candidate, and what must not be asked of such folds."""

import math
from collections.abc import Mapping
from typing import Any

from sksearch.evaluation import Reshuffled, reseeded
from sksearch.history import History

__all__ = ["OwnFolds", "reshuffling"]


def reshuffling(
    search: Any, splitter: Any, params: Mapping[str, Any]
) -> Reshuffled | None:
    """Return what splits the rows anew for each candidate, None where nothing does.

    Parameters
    ----------
    search : BaseSearch
        With `reshuffle`, `fold_stopping` and `cv`.
    splitter : cross-validation generator
        The checked `cv`.
    params : dict
        What its `split` gets beside X and y.

    Raises
    ------
    ValueError
        If `cv` has one set of splits, or folds shall be compared between candidates.
    """
    if not search.reshuffle:
        return None
    if search.fold_stopping:
        raise ValueError(
            "reshuffle=True gives each candidate folds of its own, and "
            "fold_stopping=True compares candidates fold by fold. Switch one of them "
            "off."
        )
    if reseeded(splitter, 0) is None:
        raise ValueError(
            f"reshuffle=True draws new splits for each candidate, but cv={search.cv!r} "
            "has one set of them. Pass a splitter with random_state, such as "
            "ShuffleSplit(1, test_size=0.2), or reshuffle=False."
        )
    return Reshuffled(splitter, dict(params))


class OwnFolds(History):
    """A log in which fold k of one trial is not fold k of another.

    A model would else correct an unfinished trial by what its folds did to others.
    """

    def fold_scores(
        self, trial_id: int, resource: int | None = None, name: str | None = None
    ) -> list[float]:
        """Return a score on each fold of a task that is complete.

        Parameters
        ----------
        trial_id : int
            The trial.
        resource : int or None, default=None
            Which of its tasks; None is the newest.
        name : str or None, default=None
            Which score; None is the (first) objective.

        Returns
        -------
        scores : list of float
            One for each fold; NaN for all of them where one is not there.
        """
        scores = super().fold_scores(trial_id, resource, name)
        is_complete = self.status(trial_id, resource) == "complete"
        return scores if is_complete else [math.nan] * len(scores)
