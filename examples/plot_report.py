"""
What a search has found: pictures and a report
==============================================

A search knows more than its best parameters: which of them mattered, where the space
was too narrow, which candidates are as good within the noise. `sksearch.displays`
draws it, and `search.report` writes all of it into one file.
"""

# %%
# A tree with three parameters, searched for one score.

import tempfile
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, MultiObjectiveSearchCV
from sksearch.displays import (
    FoldScoresDisplay,
    OptimizationHistoryDisplay,
    ParallelCoordinatesDisplay,
    ParameterEffectsDisplay,
    ParameterImportanceDisplay,
    ParetoFrontDisplay,
)
from sksearch.metrics import neg_n_parameters
from sksearch.space import Integer, Real

X, y = load_breast_cancer(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
space = {
    "ccp_alpha": Real(1e-5, 1e-1, prior="log-uniform"),
    "min_samples_leaf": Integer(1, 60),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(
    DecisionTreeClassifier(random_state=0),
    space,
    scoring="roc_auc",
    n_iter=40,
    random_state=0,
).fit(X, y)
print(f"CV {search.best_score_:.3f}, held out {search.score(X_test, y_test):.3f}")
print(search.space_report())

# %%
# Every score in the order of the search, and the best so far:

OptimizationHistoryDisplay.from_search(search).plot()

# %%
# Which parameters mattered:

ParameterImportanceDisplay.from_search(search).plot()

# %%
# And how:

ParameterEffectsDisplay.from_search(search).plot()

# %%
# Each candidate as a line through its parameters:

ParallelCoordinatesDisplay.from_search(search).plot()

# %%
# The best ones on each fold. Where lines cross, folds disagree on which is better:

FoldScoresDisplay.from_search(search).plot()

# %%
# All of it on one page, with warnings about the data, that needs no network:

page = Path(tempfile.mkdtemp()) / "report.html"
search.report(page, X, y)
print(f"{page.stat().st_size:,} bytes")

# %%
# Small trees are easier to explain. With two goals there is a front to choose from:

both = MultiObjectiveSearchCV(
    DecisionTreeClassifier(random_state=0),
    space,
    scoring={"roc_auc": "roc_auc", "nodes": neg_n_parameters},
    n_iter=30,
    random_state=0,
).fit(X, y)
ParetoFrontDisplay.from_search(both).plot()
