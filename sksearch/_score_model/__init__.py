"""A model of the scores of a search, and what it says of the parameters."""

from sksearch._score_model._importances import importances, shares_of
from sksearch._score_model._model import ScoreModel

__all__ = ["ScoreModel", "importances", "shares_of"]
