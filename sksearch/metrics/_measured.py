"""What only the one who runs a fit can measure, named like scorers."""

import operator
from collections.abc import Callable
from typing import Any, NoReturn

from sksearch.metrics._scorers import IgnoresWeights

__all__ = ["Measured", "neg_fit_time", "neg_peak_memory"]


class Measured(IgnoresWeights):
    """Stands in `scoring` for what is measured while a candidate is fitted.

    Parameters
    ----------
    name : str
        That of the object in `sksearch.metrics`; it is pickled by it.
    add : callable
        Takes the scores of two trainings, one of which goes on from the other, and
        returns that of both.
    doc : str
        Its docstring.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.metrics import neg_fit_time, neg_peak_memory
    >>> search = BayesSearchCV(
    ...     LogisticRegression(max_iter=500),
    ...     {"C": [0.1, 1.0]},
    ...     scoring={"score": "accuracy", "s": neg_fit_time, "bytes": neg_peak_memory},
    ...     refit="score",
    ... ).fit(*load_iris(return_X_y=True))
    >>> bool((search.cv_results_["mean_test_s"] < 0).all())
    True
    """

    def __init__(
        self, name: str, add: Callable[[float, float], float], doc: str
    ) -> None:
        self.name = name
        self._add = add
        self.__doc__ = doc

    def __call__(self, estimator: Any, *args: Any, **params: Any) -> NoReturn:
        raise TypeError(
            f"{self.name} cannot be told from a fitted model: it is measured while a "
            "candidate is fitted, by the searches of sksearch such as BayesSearchCV "
            f"and HyperbandSearchCV. Pass scoring={{..., 'name': {self.name}}} to one "
            "of them. scikit-learn's own searches have the columns of fit times; "
            "neg_latency, neg_model_size and neg_n_parameters work everywhere."
        )

    def total(self, before: float | None, score: float) -> float:
        """Return the score of a training and those before it.

        Parameters
        ----------
        before : float or None
            Of the training that it went on from; None if it began anew.
        score : float
            Of itself.

        Returns
        -------
        score : float
            Of all of them.
        """
        return score if before is None else self._add(before, score)

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return self.name


neg_fit_time = Measured(
    "neg_fit_time",
    operator.add,
    """Score a candidate by the seconds that its fit took.

    Measured by the searches of this package, and in `scoring` of these alone. It is
    the fit time of `cv_results_` with a minus: of cloning, splitting, fitting and
    `finalize`. A candidate that is trained on, as by `HyperbandSearchCV`, has the sum
    of all its trainings on the fold, where the column has that of the last one.

    Called by anybody else it raises a TypeError. The searches of scikit-learn make a
    warning and NaN of that, as of every error of a scorer, unless
    ``error_score="raise"``.

    Times depend on the machine and what else it does; a search that optimizes them
    does not promise the same result twice.
    """,
)

neg_peak_memory = Measured(
    "neg_peak_memory",
    min,
    """Score a candidate by the most bytes that its fit needed beyond those before it.

    Measured by the searches of this package, and in `scoring` of these alone, in the
    process that fits: what the process held at most during the fit and `finalize`, less
    what it held before. Where the fit took memory of a CUDA device through torch, it is
    that memory instead. A candidate that is trained on has the largest of its
    trainings on the fold.

    Called by anybody else it raises a TypeError. The searches of scikit-learn make a
    warning and NaN of that, as of every error of a scorer, unless
    ``error_score="raise"``.

    It is the resident memory of the whole process, to a few megabytes. Libraries that
    the first fit in a process loads count, processes that a fit starts do not; with a
    backend of threads what runs beside a fit is not told apart from it. Linux keeps the
    mark that is read; elsewhere, where psutil is needed, a thread looks every two
    milliseconds.
    """,
)
