"""Search estimators that take the place of scikit-learn's GridSearchCV."""

from sksearch.estimators import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
)

__all__ = [
    "BayesSearchCV",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "__version__",
]

__version__ = "0.1.0.dev0"
