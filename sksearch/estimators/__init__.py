"""The search estimators."""

from sksearch.estimators._bayes import BayesSearchCV
from sksearch.estimators._hyperband import HyperbandSearchCV

__all__ = ["BayesSearchCV", "HyperbandSearchCV"]
