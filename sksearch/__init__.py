"""Search estimators that take the place of scikit-learn's GridSearchCV."""

from sksearch.estimators import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    NestedScores,
    SearchMetadata,
    load_metadata,
    nested_cross_validate,
)

__all__ = [
    "BayesSearchCV",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "NestedScores",
    "SearchMetadata",
    "__version__",
    "load_metadata",
    "nested_cross_validate",
]

__version__ = "0.1.0.dev0"
