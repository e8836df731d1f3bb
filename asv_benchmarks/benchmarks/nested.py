"""Whether nested cross-validation keeps all workers busy."""

from statistics import median
from time import perf_counter

from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_validate

from sksearch import BayesSearchCV, nested_cross_validate

X, Y = make_classification(3000, 20, random_state=0)
SEARCH = BayesSearchCV(
    HistGradientBoostingClassifier(max_iter=40, random_state=0),
    {"learning_rate": (0.01, 0.3, "log-uniform"), "max_leaf_nodes": (4, 64)},
    n_iter=10,
    cv=5,
    random_state=0,
)


class Nested:
    """Five outer times five inner folds on two cores, against scikit-learn's loop."""

    params = ("outer n_jobs=2", "inner n_jobs=2")
    param_names = ("cross_validate with",)
    timeout = 1200

    def seconds(self, way):
        """Return how long one way takes."""
        search, begin = clone(SEARCH), perf_counter()
        if way == "one pool":
            nested_cross_validate(search, X, Y, cv=5, n_jobs=2)
        elif way == "outer n_jobs=2":
            cross_validate(search.set_params(n_jobs=1), X, Y, cv=5, n_jobs=2)
        else:
            cross_validate(search.set_params(n_jobs=2), X, Y, cv=5)
        return perf_counter() - begin

    def track_ratio(self, other):
        """Median over three turns of the time of one pool to the other's."""
        turns = [(self.seconds("one pool"), self.seconds(other)) for _ in range(3)]
        return median(ours / theirs for ours, theirs in turns)

    track_ratio.unit = "ratio"
