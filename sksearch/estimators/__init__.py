"""The search estimators, and nested cross-validation of them."""

from sksearch.estimators._bayes import BayesSearchCV
from sksearch.estimators._hyperband import HyperbandSearchCV
from sksearch.estimators._multi_objective import MultiObjectiveSearchCV
from sksearch.estimators._nested_cv import nested_cross_validate
from sksearch.estimators._nested_scores import NestedScores
from sksearch.estimators._population import PopulationSearchCV

__all__ = [
    "BayesSearchCV",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "NestedScores",
    "PopulationSearchCV",
    "nested_cross_validate",
]
