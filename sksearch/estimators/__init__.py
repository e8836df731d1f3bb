"""The search estimators."""

from sksearch.estimators._bayes import BayesSearchCV
from sksearch.estimators._hyperband import HyperbandSearchCV
from sksearch.estimators._multi_objective import MultiObjectiveSearchCV

__all__ = ["BayesSearchCV", "HyperbandSearchCV", "MultiObjectiveSearchCV"]
