"""Search estimators that take the place of scikit-learn's GridSearchCV."""

from sksearch._return_on_search import ReturnOnSearch, return_on_search
from sksearch.estimators import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    NestedScores,
    nested_cross_validate,
)

__all__ = [
    "BayesSearchCV",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "NestedScores",
    "ReturnOnSearch",
    "__version__",
    "nested_cross_validate",
    "return_on_search",
]

__version__ = "0.1.0.dev0"
