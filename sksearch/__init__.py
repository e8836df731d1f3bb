"""Search estimators that take the place of scikit-learn's GridSearchCV."""

import logging

from sksearch._return_on_search import ReturnOnSearch, return_on_search
from sksearch.estimators import (
    BayesSearchCV,
    BiasCorrectedScore,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    NestedScores,
    OutOfFold,
    PopulationSearchCV,
    Retuned,
    SearchMetadata,
    bootstrap_bias_corrected_score,
    load_metadata,
    nested_cross_validate,
    retune,
)

__all__ = [
    "BayesSearchCV",
    "BiasCorrectedScore",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "NestedScores",
    "OutOfFold",
    "PopulationSearchCV",
    "Retuned",
    "ReturnOnSearch",
    "SearchMetadata",
    "__version__",
    "bootstrap_bias_corrected_score",
    "load_metadata",
    "nested_cross_validate",
    "retune",
    "return_on_search",
]

__version__ = "0.1.0.dev0"

# Silent unless the application says where messages go.
logging.getLogger("sksearch").addHandler(logging.NullHandler())
