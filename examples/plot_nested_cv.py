"""
How good is it really? Nested cross-validation
==============================================

The best score of a search is the largest of many, and so too good. Where there is
nothing to find that is easy to see. `nested_cross_validate` scores each search on rows
that it has not seen.
"""

# %%
# A hundred rows of random numbers, whose labels are coin tosses: no model can be right
# for more than half of new rows.

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sksearch import BayesSearchCV, nested_cross_validate
from sksearch.displays import FoldScoresDisplay

rng = np.random.default_rng(1)
X, y = rng.normal(size=(100, 20)), rng.permutation(100) % 2
search = BayesSearchCV(
    make_pipeline(StandardScaler(), SVC()),
    {"svc__C": (1e-2, 1e3, "log-uniform"), "svc__gamma": (1e-4, 1e0, "log-uniform")},
    n_iter=20,
    random_state=0,
)

# %%
# A search finds something all the same.

search.fit(X, y)
print(f"the best of {len(search.cv_results_['params'])}: {search.best_score_:.3f}")

# %%
# Five searches, each on four fifths of the rows, and each scored on the fifth that is
# left: what they believed was too good by `optimism`.

scores = nested_cross_validate(search, X, y, cv=5)
print(scores)
low, high = scores.confidence_interval(0.95)["score"]
print(f"held out {scores.mean['score']:.3f}, between {low:.3f} and {high:.3f}")
assert scores.optimism > 0

# %%
# Folds disagree by more than the best candidates differ: lines cross.

FoldScoresDisplay.from_search(search).plot(max_candidates=8)
