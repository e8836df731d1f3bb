"""The search estimators, and nested cross-validation of them."""

from sksearch.estimators._bayes import BayesSearchCV
from sksearch.estimators._hyperband import HyperbandSearchCV
from sksearch.estimators._load import SearchMetadata, load_metadata
from sksearch.estimators._multi_objective import MultiObjectiveSearchCV
from sksearch.estimators._nested_cv import nested_cross_validate
from sksearch.estimators._nested_scores import NestedScores

__all__ = [
    "BayesSearchCV",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "NestedScores",
    "SearchMetadata",
    "load_metadata",
    "nested_cross_validate",
]
