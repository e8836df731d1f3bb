"""What scikit-learn wants of a scorer that looks at the model alone."""

import functools
from collections.abc import Callable
from typing import Any, ClassVar

__all__ = ["CostScorer", "IgnoresWeights"]


class IgnoresWeights:
    """A scorer that takes sample weights, which change nothing about a cost."""

    log_scale: ClassVar[bool] = True  # costs differ by factors: models see logarithms

    def _accept_sample_weight(self) -> bool:
        # scikit-learn asks each scorer of a dict, and warns of those that say no.
        return True


class CostScorer(IgnoresWeights):
    """A function of the model, as a scorer.

    Parameters
    ----------
    cost : callable
        Takes the fitted estimator, returns a number. The scorer has its name and
        docstring, and is pickled by that name.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sksearch.metrics import neg_model_size, neg_n_parameters
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=500).fit(X, y)
    >>> neg_n_parameters(model, X, y)  # 3 classes, 4 columns, 3 constants
    -15.0
    >>> neg_model_size(model, X, y) < -100  # bytes
    True
    """

    __name__: str

    def __init__(self, cost: Callable[[Any], float]) -> None:
        self._cost = cost
        functools.update_wrapper(self, cost)

    def __call__(
        self, estimator: Any, X: Any = None, y: Any = None, sample_weight: Any = None
    ) -> float:
        return self._cost(estimator)

    def __repr__(self) -> str:
        return self.__name__

    def __reduce__(self) -> str:
        return self.__name__
