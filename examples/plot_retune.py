"""
A new scanner: monitor, tune again, and decide
==============================================

A model reads digits. Then the scanner is replaced, and its images are blurred. A
monitor says that the score has dropped, a second search begins where the first one was,
and its model serves only if it is better on images that neither has seen.
"""

# %%
# The model in production.

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from sksearch import BayesSearchCV, retune
from sksearch.monitoring import ScoreMonitor

X, y = load_digits(return_X_y=True)
shuffled = np.random.default_rng(0).permutation(len(X))
X, y = X[shuffled], y[shuffled]

search = BayesSearchCV(
    SVC(),
    {"C": (1e-1, 1e3, "log-uniform"), "gamma": (1e-5, 1e-1, "log-uniform")},
    n_iter=10,
    cv=5,
    random_state=0,
).fit(X[:500], y[:500])
print(f"CV {search.best_score_:.3f}")

# %%
# Batches of a hundred digits whose labels are known later, the last five from the new
# scanner.


def blurred(images):
    """Return what the new scanner makes of the same digits."""
    return gaussian_filter(images.reshape(-1, 8, 8), (0, 1.1, 1.1)).reshape(-1, 64)


X_new = np.concatenate([X[500:800], blurred(X[800:])])
monitor = ScoreMonitor(search)
for start in range(0, 800, 100):
    verdict = monitor.update(X_new[start : start + 100], y[500 + start : 600 + start])
    print(verdict)

# %%
# The images of the new scanner, from where the monitor says that the score is lower. A
# third of them is held out.

changed = slice(100 * (verdict.since - 1), None)
retuned = retune(search, X_new[changed], y[500:][changed], test_size=1 / 3)
print(retuned)
print(f"The champion has {retuned.champion_score:.3f} held out.")

# %%
# Had nothing changed, the champion would have stayed: a gain that chance explains is
# none.

unchanged = retune(search, X[500:], y[500:], test_size=1 / 3)
print(unchanged)
assert (retuned.verdict, unchanged.verdict) == ("promote", "keep")
