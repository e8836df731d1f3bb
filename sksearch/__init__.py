"""Search estimators that take the place of scikit-learn's GridSearchCV."""

from sksearch.estimators import BayesSearchCV, HyperbandSearchCV

__all__ = ["BayesSearchCV", "HyperbandSearchCV", "__version__"]

__version__ = "0.1.0.dev0"
