"""What nested cross-validation found, and what may be concluded from it."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from sksearch.space import SearchSpace

__all__ = ["NestedScores", "agreement"]


@dataclass(frozen=True, eq=False)
class NestedScores:
    """Scores of a search on rows that it never saw.

    Parameters
    ----------
    test_scores : dict of str to ndarray of shape (n_outer,)
        By scorer, "score" where there is one: the score of each outer fold's model.
    inner_scores : ndarray of shape (n_outer,)
        The best score that each search reported of itself; NaN where a callable `refit`
        chose.
    best_params : list of dict
        What each search chose.
    stability : dict of str to float
        By parameter, how far the searches agree: 1 is the same value every time, 0 what
        two draws from the space would differ by on average; below 0 they differ more.
    cv_results : list of dict
        `cv_results_` of each search.
    predictions : ndarray or None
        What was predicted for each row by the model that had not seen it; with several
        repeats the first axis counts them.
    estimators : list of estimators or None
        The fitted searches.
    test_shares : ndarray of shape (n_outer,)
        Rows tested over rows trained on.
    compares : bool, default=True
        Whether inner and outer scores measure the same.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import BayesSearchCV, nested_cross_validate
    >>> search = BayesSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]})
    >>> scores = nested_cross_validate(search, *load_iris(return_X_y=True), cv=3)
    >>> type(scores).__name__, len(scores.best_params)
    ('NestedScores', 3)
    """

    test_scores: dict[str, Any]
    inner_scores: Any
    best_params: list[dict[str, Any]]
    stability: dict[str, float]
    cv_results: list[dict[str, Any]]
    predictions: Any
    estimators: list[Any] | None
    test_shares: Any
    compares: bool = True

    @property
    def mean(self) -> dict[str, float]:
        """By scorer, the mean score of the outer folds."""
        return {name: float(np.mean(s)) for name, s in self.test_scores.items()}

    @property
    def standard_error(self) -> dict[str, float]:
        r"""By scorer, the standard error of the mean; NaN for one fold.

        Outer folds train on overlapping rows, so that their scores vary less than those
        of new data would: :math:`s \sqrt{1/J + n_{test}/n_{train}}` takes the place of
        :math:`s \sqrt{1/J}` for J scores with standard deviation s (Nadeau and Bengio
        2003, "Inference for the generalization error", eq. 9 and section 5).
        """
        n_outer = len(self.inner_scores)
        if n_outer < 2:
            return dict.fromkeys(self.test_scores, float("nan"))
        factor = np.sqrt(1 / n_outer + np.mean(self.test_shares))
        scores = self.test_scores.items()
        return {name: float(np.std(s, ddof=1) * factor) for name, s in scores}

    def confidence_interval(
        self, level: float = 0.95
    ) -> dict[str, tuple[float, float]]:
        """Return where the mean score on new data lies.

        Parameters
        ----------
        level : float, default=0.95
            How likely, if the scores of folds were normal.

        Returns
        -------
        interval : dict of str to (float, float)
            By scorer, from Student's t with one degree of freedom less than there are
            folds.
        """
        if not 0 < level < 1:
            raise ValueError(f"level={level} must lie between 0 and 1, as 0.95 does.")
        t = float(stats.t.ppf((1 + level) / 2, len(self.inner_scores) - 1))
        mean, error = self.mean, self.standard_error
        return {k: (mean[k] - t * error[k], mean[k] + t * error[k]) for k in mean}

    @property
    def optimism(self) -> float:
        """How much better the searches thought they were: the mean difference.

        The inner score is of the first scorer of the search; it is compared with the
        first one here. NaN where they are not the same: their difference says nothing.
        """
        if not self.compares:
            return float("nan")
        first = next(iter(self.test_scores.values()))
        return float(np.mean(self.inner_scores - first))

    def to_frame(self) -> Any:
        """Return a table with one row for each outer fold.

        Returns
        -------
        table : pandas.DataFrame
            ``inner_score``, ``test_<name>`` for each scorer, ``param_<name>`` for each
            parameter.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        names = {name: None for params in self.best_params for name in params}
        chosen = {
            f"param_{name}": [params.get(name) for params in self.best_params]
            for name in names
        }
        tests = {f"test_{name}": list(s) for name, s in self.test_scores.items()}
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_frame needs pandas: pip install pandas.") from error
        inner = {"inner_score": list(self.inner_scores)}
        return pandas.DataFrame({**inner, **tests, **chosen})

    def __repr__(self) -> str:
        lines = [f"Nested cross-validation, {len(self.inner_scores)} outer folds"]
        interval, error = self.confidence_interval(), self.standard_error
        for name, mean in self.mean.items():
            low, high = interval[name]
            lines.append(
                f"  {name}: {mean:.4f} +- {error[name]:.4f} (95 %: {low:.4f} to "
                f"{high:.4f})"
            )
        if np.isfinite(self.optimism):
            lines.append(f"  the searches' own best scores: {self.optimism:+.4f} on it")
        if self.stability:
            kept = ", ".join(f"{k} {v:.2f}" for k, v in self.stability.items())
            lines.append(f"  agreement on parameters (1 is full, 0 chance): {kept}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def agreement(
    chosen: Sequence[dict[str, Any]], space: SearchSpace, n_draws: int = 500
) -> dict[str, float]:
    """Return how far choices agree, parameter by parameter.

    The distance of two numbers is the share of draws from the space between them, so
    that scales and logarithms are those of the space; of anything else 0 or 1.

    Parameters
    ----------
    chosen : sequence of dict
        One for each search.
    space : SearchSpace
        Where they were made.
    n_draws : int, default=500
        How many points tell what chance is.

    Returns
    -------
    agreement : dict of str to float
        1 less the mean distance of two choices over that of two draws; empty for one
        choice.
    """
    if len(chosen) < 2:
        return {}
    rng = np.random.default_rng(0)
    draws = [draw for _ in range(n_draws) if (draw := space.sample(rng)) is not None]
    names = {name: None for params in draws for name in params}
    return {
        name: _agreement([c.get(name) for c in chosen], [d.get(name) for d in draws])
        for name in names
    }


def _agreement(chosen: list[Any], draws: list[Any]) -> float:
    numbers = [v for v in draws if _is_number(v)]
    places = np.sort(np.asarray(numbers, dtype=float))

    def mean_distance(values: list[Any]) -> float:
        pairs = [(a, b) for i, a in enumerate(values) for b in values[i + 1 :]]
        return float(np.mean([distance(a, b) for a, b in pairs]))

    def distance(a: Any, b: Any) -> float:
        if not (_is_number(a) and _is_number(b)):
            return float(not (a is b or bool(np.all(a == b))))
        low, high = sorted((a, b))
        between = np.searchsorted(places, high, "right") - np.searchsorted(places, low)
        return between / len(places) if low < high else 0.0

    chance = mean_distance(draws[:60])
    return 1.0 - mean_distance(chosen) / chance if chance else 1.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
