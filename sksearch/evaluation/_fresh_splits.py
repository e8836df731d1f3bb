"""Splits that are drawn anew, each time by a seed of its own."""

import copy
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Reshuffled", "reseeded", "split_seed"]


def split_seed(*entropy: int) -> int:
    """Return a seed for a splitter, a function of the numbers alone.

    Parameters
    ----------
    *entropy : int
        What tells it from other seeds; none below 0.

    Returns
    -------
    seed : int
        Of 31 bits, as RandomState takes it.

    Examples
    --------
    >>> from sksearch.evaluation import split_seed
    >>> split_seed(0, 3) == split_seed(0, 3) != split_seed(0, 4)
    True
    """
    sequence = np.random.SeedSequence(entropy)
    return int(sequence.generate_state(1)[0] >> 1)


def reseeded(splitter: Any, seed: int) -> Any:
    """Return a copy of a splitter that draws by a seed; None where it draws nothing.

    What splits without shuffling, though it could shuffle, does so in the copy.

    Parameters
    ----------
    splitter : cross-validation generator
        Never changed.
    seed : int
        The seed.

    Returns
    -------
    splitter : cross-validation generator or None
        None of what has one set of splits, such as an iterable or folds in time.

    Examples
    --------
    >>> from sklearn.model_selection import KFold, TimeSeriesSplit
    >>> from sksearch.evaluation import reseeded
    >>> reseeded(KFold(3), 7)
    KFold(n_splits=3, random_state=7, shuffle=True)
    >>> reseeded(TimeSeriesSplit(3), 7) is None
    True
    """
    # Not hasattr: TimeSeriesSplit has the attribute of its base, and ignores it.
    known = inspect.signature(type(splitter)).parameters
    if "random_state" not in known or not hasattr(splitter, "random_state"):
        return None
    twin = copy.copy(splitter)
    twin.random_state = seed
    if "shuffle" in known:
        twin.shuffle = True
    return twin


@dataclass(frozen=True)
class Reshuffled:
    """Splits the rows anew for every trial.

    Parameters
    ----------
    splitter : cross-validation generator
        One of which `reseeded` makes copies.
    params : dict
        What its `split` gets beside X and y, such as groups.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import ShuffleSplit
    >>> from sksearch.evaluation import Reshuffled
    >>> split = Reshuffled(ShuffleSplit(1, test_size=2))
    >>> tests = [split(0, trial, np.zeros((9, 1)), None)[0][1] for trial in (0, 1, 0)]
    >>> [np.array_equal(test, tests[0]) for test in tests]
    [True, False, True]
    """

    splitter: Any
    params: Mapping[str, Any] = field(default_factory=dict)

    def __call__(
        self, seed: int, trial_id: int, X: Any, y: Any
    ) -> list[tuple[Any, Any]]:
        """Return the splits of a trial, a function of the seed and its number.

        Parameters
        ----------
        seed : int
            That of the search.
        trial_id : int
            The trial.
        X, y : array-like
            The data; `y` may be None.

        Returns
        -------
        splits : list of (train, test) index arrays
            One per fold.
        """
        splitter = reseeded(self.splitter, split_seed(seed, trial_id))
        return list(splitter.split(X, y, **self.params))
