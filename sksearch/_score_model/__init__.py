"""A model of the scores of a search, and what it says of the parameters."""

from sksearch._score_model._errors import share_errors
from sksearch._score_model._importances import importances, shares_of
from sksearch._score_model._model import ScoreModel
from sksearch._score_model._partial_dependence import partial_dependence, prior_points
from sksearch._score_model._seen_space import (
    is_logarithmic,
    is_number,
    seen_space,
    with_seen_space,
)

__all__ = [
    "ScoreModel",
    "importances",
    "is_logarithmic",
    "is_number",
    "partial_dependence",
    "prior_points",
    "seen_space",
    "share_errors",
    "shares_of",
    "with_seen_space",
]
