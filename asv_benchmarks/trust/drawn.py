"""Random search without a loop around it: a thousand of them take a minute or two.

Candidates are drawn from the space of the library and scored on the folds of
scikit-learn; what a search would keep is put together here. The tests hold it against
`BayesSearchCV` with the same candidates.
"""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import check_cv

from sksearch import OutOfFold
from sksearch.space import SearchSpace

__all__ = ["DrawnSearch"]


class DrawnSearch(BaseEstimator):  # type: ignore[misc]
    """Scores candidates on folds, and fits the best one on all rows.

    What it sets is what `BayesSearchCV` sets with ``return_oof=True`` and
    ``return_estimator=True``, as far as `bootstrap_bias_corrected_score` asks for it.
    """

    refit = True

    def __init__(
        self,
        estimator: Any,
        space: Any,
        scoring: str,
        seed: int = 0,
        n_candidates: int = 100,
    ) -> None:
        self.estimator = estimator
        self.space = space
        self.scoring = scoring
        self.seed = seed
        self.n_candidates = n_candidates

    def candidates(self) -> list[dict[str, Any]]:
        """Return the parameters of all of them."""
        space, rng = SearchSpace(self.space), np.random.default_rng(self.seed)
        return [dict(space.sample(rng) or {}) for _ in range(self.n_candidates)]

    def fit(self, X: Any, y: Any) -> "DrawnSearch":
        """Fit all candidates on all folds."""
        classifies = is_classifier(self.estimator)
        self.splits_ = list(check_cv(5, y, classifier=classifies).split(X, y))
        classes = np.unique(y) if classifies else None
        tests = [test for _, test in self.splits_]
        models = [self._models(params, X, y) for params in self.candidates()]
        found = [
            [m.predict(X[test]) for m, test in zip(each, tests, strict=True)]
            for each in models
        ]
        scores = np.array(
            [[self._score(y[t], p) for p, t in zip(each, tests, strict=True)]
             for each in found]
        )  # fmt: skip
        self.cv_results_ = {"mean_test_score": scores.mean(axis=1)}
        self.best_index_ = int(np.argmax(self.cv_results_["mean_test_score"]))
        self.best_score_ = float(self.cv_results_["mean_test_score"][self.best_index_])
        self.fold_estimators_ = models[self.best_index_]
        self.oof_ = OutOfFold(
            candidates={
                i: [{"predict": p} for p in each] for i, each in enumerate(found)
            },
            tests=tests,
            n_samples=len(X),
            y=y,
            classes=classes,
            groups=None,
            score_params={},
            scorers={"score": get_scorer(self.scoring)},
            objective="score",
        )
        best = self.candidates()[self.best_index_]
        self.best_estimator_ = clone(self.estimator).set_params(**best).fit(X, y)
        return self

    def _models(self, params: dict[str, Any], X: Any, y: Any) -> list[Any]:
        kind = type(self.estimator)
        return [kind(**params).fit(X[train], y[train]) for train, _ in self.splits_]

    def _score(self, y: Any, predicted: Any) -> float:
        """Score as the scorer does, whose checks take longer than a fit."""
        if self.scoring == "accuracy":
            return float(np.mean(predicted == y))
        return -float(np.mean((predicted - y) ** 2))

    def score(self, X: Any, y: Any) -> float:
        """Return what the refitted model scores."""
        return self._score(y, self.best_estimator_.predict(X))
