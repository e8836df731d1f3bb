"""`BayesSearchCV` itself on the real problems: what a user would get.

Here the loop is the estimator's. It differs from the bare model in two defaults: the
first candidates are the estimator's own parameters, where they lie in the space, and
those of a portfolio, and up to two candidates are unfinished at a time.
"""

import math
from collections.abc import Iterator
from typing import Any

from asv_benchmarks.quality.real.remembered import search_arguments
from asv_benchmarks.quality.real.tables import load_real
from sksearch import BayesSearchCV

__all__ = ["PUBLIC", "search"]

PUBLIC = "bayes-search-cv"
_PREFIX = "estimator__"


def search(
    task: str, seed: int, n: int, **options: Any
) -> Iterator[tuple[float, float]]:
    """Yield the incumbent's regret after each candidate; the CPU time is not known.

    Parameters
    ----------
    task : str
        A real problem.
    seed, n : int
        ``random_state``, and the number of candidates.
    **options : object
        Other arguments of `BayesSearchCV`.

    Raises
    ------
    ModuleNotFoundError
        If the problem tunes an estimator of lightgbm, which is not installed.
    """
    arguments, problem = search_arguments(task), load_real(task)
    X, y = arguments.pop("X"), arguments.pop("y")
    # refit: the incumbent is read from the history. Failed fits are part of a problem.
    options = {"n_iter": n, "random_state": seed, "refit": False, **options}
    history = BayesSearchCV(**arguments, **options).fit(X, y).history_
    best, regret = -math.inf, 1.0
    for trial in history.trials:
        score = history.score(trial.id)
        if score > best:
            params = {k.removeprefix(_PREFIX): v for k, v in trial.params.items()}
            best, regret = score, problem.regret(params)
        yield regret, math.nan
