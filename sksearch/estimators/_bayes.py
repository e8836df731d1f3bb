"""Model-based search in place of GridSearchCV and RandomizedSearchCV."""

import numbers
from typing import Any, ClassVar

import numpy as np

from sksearch._search_loop import Search
from sksearch._sklearn_compat import BaseSearchCV, HasMethods, Interval, StrOptions
from sksearch.estimators._base import BaseSearch
from sksearch.history import History
from sksearch.optimizers import Bayesian, Grid, Optimizer, Random, Sobol
from sksearch.schedulers import FullEvaluation
from sksearch.space import SearchSpace

__all__ = ["BayesSearchCV"]

_OPTIMIZERS: dict[str, type[Optimizer]] = {
    "auto": Bayesian,
    "gp": Bayesian,
    "random": Random,
    "sobol": Sobol,
}


class BayesSearchCV(BaseSearch):
    """Search hyper-parameters."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list, tuple],
        "n_iter": [Interval(numbers.Integral, 1, None, closed="left")],
        "optimizer": [StrOptions(set(_OPTIMIZERS)), HasMethods(["ask"])],
        "param_constraint": [callable, None],
        "objective": [str, None],
        "random_state": ["random_state"],
        "max_pending": [
            StrOptions({"auto"}),
            Interval(numbers.Integral, 1, None, closed="left"),
        ],
        "asynchronous": ["boolean"],
        "seed_fits": ["boolean"],
        "reuse_transformers": ["boolean"],
        "callbacks": [list, tuple],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 50,
        optimizer: Any = "auto",
        param_constraint: Any = None,
        objective: str | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        max_pending: Any = "auto",
        asynchronous: bool = False,
        seed_fits: bool = False,
        reuse_transformers: bool = False,
        callbacks: Any = (),
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.optimizer = optimizer
        self.param_constraint = param_constraint
        self.objective = objective
        self.random_state = random_state
        self.max_pending = max_pending
        self.asynchronous = asynchronous
        self.seed_fits = seed_fits
        self.reuse_transformers = reuse_transformers
        self.callbacks = callbacks

    def _make_search(self, history: History) -> Search:
        optimizer = self._make_optimizer(history.space)
        initial = self._initial_params(history.space, optimizer)
        max_pending = (
            getattr(optimizer, "max_pending", 1)
            if self.max_pending == "auto"
            else self.max_pending
        )
        scheduler = FullEvaluation(self.n_iter, initial)
        return Search(history, optimizer, scheduler, max_pending)

    def _make_optimizer(self, space: SearchSpace) -> Optimizer:
        if not isinstance(self.optimizer, str):
            return self.optimizer
        if space.size <= self.n_iter:  # a small grid is what GridSearchCV makes of it
            return Grid()
        return _OPTIMIZERS[self.optimizer]()

    def _initial_params(self, space: SearchSpace, optimizer: Optimizer) -> list[Any]:
        """The estimator's own parameters, where they lie in the space.

        Random search and grids have no design to begin: they are what they say.
        """
        if isinstance(optimizer, Grid | Random):
            return []
        own = space.complete(self.estimator.get_params(deep=True))
        return [] if own is None else [own]

    def _n_trials(self, search: Search) -> int:
        return int(min(self.n_iter, search.history.space.size))
