"""
A pipeline with steps to choose from
====================================

Which model, and which step before it, is a parameter like any other. A list of dicts
is one space with branches: a parameter is there only where its step is.
`BayesSearchCV` searches the branches together, so that a poor one gets few
candidates.
"""

# %%
# The estimators that may stand in a step are choices. Each branch names the
# parameters of its own steps; the scaler is left out for the forest, which does not
# need it.

from collections import Counter

from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sksearch import BayesSearchCV
from sksearch.displays import OptimizationHistoryDisplay
from sksearch.space import Integer, Real

X, y = load_breast_cancer(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
pipeline = Pipeline(
    [("scale", StandardScaler()), ("reduce", "passthrough"), ("model", SVC())]
)
space = [
    {
        "model": [SVC()],
        "model__C": Real(1e-2, 1e3, prior="log-uniform"),
        "model__gamma": Real(1e-4, 1e0, prior="log-uniform"),
    },
    {
        "reduce": [PCA(random_state=0)],
        "reduce__n_components": Integer(2, 20),
        "model": [LogisticRegression(max_iter=1000)],
        "model__C": Real(1e-3, 1e2, prior="log-uniform"),
    },
    {
        "scale": ["passthrough"],
        "model": [RandomForestClassifier(30, random_state=0)],
        "model__max_depth": Integer(2, 10),
    },
]

# %%
# What is refitted is a pipeline with the steps that won.

search = BayesSearchCV(pipeline, space, n_iter=30, cv=3, random_state=0)
search.fit(X, y)
print(search.best_estimator_)
print(f"CV {search.best_score_:.3f}, held out {search.score(X_test, y_test):.3f}")

# %%
# How often each model was tried:

models = (type(params["model"]).__name__ for params in search.cv_results_["params"])
print(dict(Counter(models)))

OptimizationHistoryDisplay.from_search(search).plot()
