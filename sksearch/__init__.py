"""Search estimators that take the place of scikit-learn's GridSearchCV."""

import logging

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
    "__version__",
    "nested_cross_validate",
]

__version__ = "0.1.0.dev0"

# Silent unless the application says where messages go.
logging.getLogger("sksearch").addHandler(logging.NullHandler())
