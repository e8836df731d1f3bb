"""The search estimators, and nested cross-validation of them."""

from sksearch.estimators._bayes import BayesSearchCV
from sksearch.estimators._bias_corrected import (
    BiasCorrectedScore,
    bootstrap_bias_corrected_score,
)
from sksearch.estimators._hyperband import HyperbandSearchCV
from sksearch.estimators._load import SearchMetadata, load_metadata
from sksearch.estimators._multi_objective import MultiObjectiveSearchCV
from sksearch.estimators._nested_cv import nested_cross_validate
from sksearch.estimators._nested_scores import NestedScores
from sksearch.estimators._out_of_fold import OutOfFold
from sksearch.estimators._population import PopulationSearchCV
from sksearch.estimators._retune import retune
from sksearch.estimators._retuned import Retuned

__all__ = [
    "BayesSearchCV",
    "BiasCorrectedScore",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "NestedScores",
    "OutOfFold",
    "PopulationSearchCV",
    "Retuned",
    "SearchMetadata",
    "bootstrap_bias_corrected_score",
    "load_metadata",
    "nested_cross_validate",
    "retune",
]
