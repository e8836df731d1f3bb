"""The scikit-learn surface."""

from sksearch.estimators._bayes import BayesSearchCV

__all__ = ["BayesSearchCV"]
