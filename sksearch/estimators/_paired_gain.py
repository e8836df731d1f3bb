"""How much better one model is than another, on rows that neither was fitted on.

Both are scored on the same rows drawn with replacement, again and again, so that what
makes rows hard for both does not count. Percentiles of few rows are too near to each
other; Hesterberg (2015, "What teachers should know about the bootstrap", section 3.4.2)
moves them out to where Student's t would have them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from sklearn.metrics import get_scorer
from sklearn.utils import _safe_indexing

from sksearch import _sklearn_compat as compat
from sksearch.estimators._keeping import own_score
from sksearch.estimators._replay import rescorer
from sksearch.evaluation import in_all_columns

__all__ = ["Draws", "HeldOut", "expanded_interval"]

Score = Callable[[Any], Any]  # weights (n_draws, n_rows) -> scores (n_draws,)
_MOST_AT_ONCE = 4_000_000  # draws times rows: 32 MB of weights


@dataclass(frozen=True)
class Draws:
    """How often each row is drawn; the same whenever it is asked.

    Parameters
    ----------
    unit : ndarray of int of shape (n_rows,)
        Rows with the same number are drawn together.
    n_draws : int
        How often.
    seed : int
        Draws.
    """

    unit: Any
    n_draws: int
    seed: int

    @property
    def n_units(self) -> int:
        """How many are drawn from."""
        return int(self.unit.max()) + 1

    def __iter__(self) -> Iterator[Any]:
        """Yield weights of shape (n, n_rows), a few draws at a time."""
        rng = np.random.default_rng(self.seed)
        step = max(1, _MOST_AT_ONCE // len(self.unit))
        shares = np.full(self.n_units, 1 / self.n_units)
        for start in range(0, self.n_draws, step):
            size = min(step, self.n_draws - start)
            drawn = rng.multinomial(self.n_units, shares, size=size)
            yield drawn[:, self.unit].astype(float)


def expanded_interval(gains: Any, level: float, n_units: int) -> tuple[float, float]:
    """Return percentiles of gains, as far out as the number of units wants.

    Parameters
    ----------
    gains : ndarray of shape (n_draws,)
        Of one model over another.
    level : float
        How likely the gain on all such rows lies between them.
    n_units : int
        How many were drawn from.

    Returns
    -------
    low, high : float
        Of the gains with the other sign, these with the other sign.
    """
    t = stats.t.ppf((1 + level) / 2, n_units - 1)
    tail = 100 * stats.norm.cdf(-np.sqrt(n_units / (n_units - 1)) * t)
    low, high = np.percentile(gains, [tail, 100 - tail])
    return float(low), float(high)


@dataclass(frozen=True)
class HeldOut:
    """The rows on which models are compared, and by what.

    Parameters
    ----------
    X, y : array-like
        The rows.
    scorer : callable
        Of one score.
    name : str
        What it is called; in its dict, where it returns one.
    classes : ndarray or None
        All that are known to anybody, sorted; None where there are none.
    params : dict
        What the scorer is given, with one entry for each row.
    """

    X: Any
    y: Any
    scorer: Any
    name: str
    classes: Any
    params: Mapping[str, Any]

    @property
    def n_rows(self) -> int:
        """How many."""
        return int(compat.num_samples(self.X))

    def score_of(self, model: Any) -> Score:
        """Return what scores draws of the rows for a model.

        Parameters
        ----------
        model : estimator
            Predicts here, once, where the scorer looks at predictions alone.

        Returns
        -------
        score : callable
            Takes how often rows are drawn, of shape (n_draws, n_rows).
        """
        scorer = self._of_predictions(model)
        found = None if scorer is None else self._predicted(scorer, model)
        if found is None:
            return lambda weights: self._asked(model, weights)
        y, params = np.asarray(self.y), dict(self.params)
        replayed = rescorer(scorer, [found], y, self.classes, params)
        return lambda weights: replayed.of_all(weights)[:, 0]

    def _of_predictions(self, model: Any) -> Any:
        """Return the scorer if it looks at predictions alone, else None."""
        scorer = self.scorer
        if compat.is_passthrough(scorer):
            own = own_score(model)
            scorer = None if own is None else get_scorer(own)
        is_known = scorer is not None and compat.response_methods(scorer)
        return scorer if is_known and self.y is not None else None

    def _predicted(self, scorer: Any, model: Any) -> Mapping[str, Any] | None:
        names = compat.response_methods(scorer)
        method = next((name for name in names if hasattr(model, name)), names[0])
        found = getattr(model, method)(self.X)
        if isinstance(found, list):  # one array for each output
            return None
        found = np.asarray(found)
        if method != "predict" and self.classes is not None:
            found = in_all_columns(found, method, model, self.classes)
        return {method: found}

    def _asked(self, model: Any, weights: Any) -> Any:
        return np.array([self._of_rows(model, line) for line in weights])

    def _of_rows(self, model: Any, weights: Any) -> float:
        rows = np.repeat(np.arange(len(weights)), weights.astype(int))
        try:
            return self.ask(model, rows)
        except ValueError:  # as of a class that is not among the rows
            return np.nan

    def ask(self, model: Any, rows: Any = None) -> float:
        """Return what the scorer itself says.

        Parameters
        ----------
        model : estimator
            Fitted.
        rows : ndarray of int, default=None
            Of which rows; None is all.
        """
        rows = np.arange(self.n_rows) if rows is None else rows
        data = [_safe_indexing(self.X, rows)]
        data += [] if self.y is None else [_safe_indexing(self.y, rows)]
        params = compat.check_method_params(self.X, params=self.params, indices=rows)
        found = self.scorer(model, *data, **params)
        return float(found[self.name] if isinstance(found, Mapping) else found)
