"""
Killed, and gone on: a search with a journal
============================================

A search that writes a journal loses nothing when it is killed: `fit` with the same
file goes on where it was, and finds what it would have found.
"""

# %%
# The search. A power cut is hard to show on a page; a callback that raises after
# forty fits stands in for it.

import tempfile
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from sksearch import BayesSearchCV
from sksearch.callbacks import Callback
from sksearch.displays import OptimizationHistoryDisplay
from sksearch.history import History

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.6, random_state=0)
journal = Path(tempfile.mkdtemp()) / "search.jsonl"
search = BayesSearchCV(
    SVC(),
    {"C": (1e-2, 1e3, "log-uniform"), "gamma": (1e-5, 1e-1, "log-uniform")},
    n_iter=20,
    cv=4,
    random_state=0,
    journal=journal,
)


class PowerCut(Callback):
    """Raises after some results."""

    def __init__(self, after):
        self.left = after

    def on_evaluation(self, history, evaluation):
        """Count down."""
        self.left -= 1
        if self.left == 0:
            raise OSError("no power")


try:
    search.set_params(callbacks=[PowerCut(after=40)]).fit(X, y)
except OSError as error:
    print("The search died:", error)

# %%
# What is left is a file, which can be looked at: here, or by ``python -m sksearch
# show``.

history = History.load(journal)
print(f"{len(history.trials)} candidates had begun.")
OptimizationHistoryDisplay.from_history(history).plot()

# %%
# The same call goes on. Forty of the eighty fits are not done again.

search.set_params(callbacks=[]).fit(X, y)
print(f"{search.cost_['fits']} fits are in the journal.")
print(f"CV {search.best_score_:.3f}, held out {search.score(X_test, y_test):.3f}")

# %%
# And a search that was never interrupted finds the same.

uninterrupted = BayesSearchCV(
    SVC(), search.param_distributions, n_iter=20, cv=4, random_state=0
).fit(X, y)
assert uninterrupted.best_params_ == search.best_params_
assert uninterrupted.best_score_ == search.best_score_
