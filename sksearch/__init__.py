"""Search estimators that take the place of scikit-learn's GridSearchCV."""

from sksearch.estimators import (
    BayesSearchCV,
    BiasCorrectedScore,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    NestedScores,
    OutOfFold,
    bootstrap_bias_corrected_score,
    nested_cross_validate,
)

__all__ = [
    "BayesSearchCV",
    "BiasCorrectedScore",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "NestedScores",
    "OutOfFold",
    "__version__",
    "bootstrap_bias_corrected_score",
    "nested_cross_validate",
]

__version__ = "0.1.0.dev0"
