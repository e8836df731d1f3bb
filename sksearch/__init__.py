"""Search estimators that take the place of scikit-learn's GridSearchCV."""

from sksearch.estimators import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    NestedScores,
    PopulationSearchCV,
    nested_cross_validate,
)

__all__ = [
    "BayesSearchCV",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "NestedScores",
    "PopulationSearchCV",
    "__version__",
    "nested_cross_validate",
]

__version__ = "0.1.0.dev0"
