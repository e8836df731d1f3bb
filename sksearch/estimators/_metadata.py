"""What a search costs, told before it: by counting, and by a few fits that probe."""

import copy
import math
import numbers
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.utils import indexable

from sksearch._cost import is_fit
from sksearch._search_loop import Search
from sksearch._sklearn_compat import check_method_params, num_samples
from sksearch.estimators._budgets import check_budgets
from sksearch.estimators._device_shares import with_device_shares
from sksearch.estimators._estimate import Work, budgets_of, estimate
from sksearch.estimators._fidelity import Fidelity
from sksearch.estimators._preparing import make_evaluator, routed_params
from sksearch.estimators._probing import probe
from sksearch.estimators._recheck_splits import planned_recheck
from sksearch.estimators._results import Row
from sksearch.estimators._validation import check_parameter_names, count_splits
from sksearch.evaluation import Evaluator, configured_workers
from sksearch.evaluation._seeding import seeded_generators
from sksearch.space import SearchSpace

__all__ = ["WithMetadata", "metadata_of"]


class WithMetadata:
    """Tells of any search what it is going to cost."""

    def metadata(
        self, X: Any = None, y: Any = None, *, n_probes: int = 0, **params: Any
    ) -> dict[str, Any]:
        """Tell what `fit` costs, before it; the search stays as it is.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), default=None
            The data of `fit`. Without them nothing is told that only they decide.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target, if there is one.
        n_probes : int, default=0
            How many candidates to fit, each on one fold, to tell the time too; eight
            tell a good deal. They are the estimator's own parameters and points of a
            Sobol sequence, and run where those of `fit` would, `n_jobs` at once, after
            a first fit in each worker that does not count. On rungs each is fitted
            twice: at the lowest resource, and at that of the middle rung or, where rows
            are the resource, of the highest.
        **params : dict
            As of `fit`.

        Returns
        -------
        metadata : dict
            How much it is at most: "n_candidates" (how many start), "n_splits",
            "n_fits" (on all folds; up to `max_fits`) and "refit" (whether there is
            one). On rungs also "resource", "brackets" (of each the candidates and the
            resources of its rungs) and "total_resources" (what all are trained by
            together, on one fold), which `max_fits` does not change. None where only
            the data tell.

            With probes also, each as (low, typical, high) in seconds: "fit_seconds" (to
            fit and score a candidate in full on one fold; the least, the median and the
            most), "worker_seconds" (of all fits, added up), "wall_seconds" (with
            `n_jobs`, without the refit) and "refit_seconds"; and "n_probes" and
            "n_failed_probes". Typical is the mean over the probes; low is as if all
            candidates were as fast as the fastest probe, and a machine by half faster,
            high the same with the slowest one. `max_time` and `max_cost` cap them.

        Raises
        ------
        ValueError
            If an argument of the constructor is not usable; if only the data tell what
            the resource is; or if every probing fit failed.
        TypeError
            If `n_probes` is no integer.

        Notes
        -----
        Not in it are the time in which the next candidates are chosen, and that to
        start workers. What `fold_stopping` spares, and what a journal has already, is
        not subtracted. Times grow in a straight line with the resource; where they grow
        faster with the rows, rungs in the middle take less than is told.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.tree import DecisionTreeClassifier
        >>> from sksearch import BayesSearchCV
        >>> X, y = load_iris(return_X_y=True)
        >>> search = BayesSearchCV(
        ...     DecisionTreeClassifier(), {"min_samples_leaf": range(1, 40)}, n_iter=20
        ... )
        >>> search.metadata()
        {'n_candidates': 20, 'n_splits': 5, 'n_fits': 100, 'refit': True}
        >>> told = search.metadata(X, y, n_probes=4)
        >>> low, typical, high = told["worker_seconds"]
        >>> 0 < low <= typical <= high
        True
        """
        _check_arguments(X, y, n_probes, params)
        search: Any = _copied(self)
        search._validate_params()
        check_budgets(search)
        if X is None:
            return _before_data(search)
        # What draws from the global generators, such as a cv without a random_state,
        # draws the same each time, and fit what it would have drawn without this.
        with seeded_generators(0):
            return _with_data(search, X, y, n_probes, params)


def metadata_of(search: Any, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what `metadata` foretold, as it was done.

    Parameters
    ----------
    search : BaseSearch
        With its history.
    rows : sequence of Row
        Those of `cv_results_`.
    """
    history = search.history_
    told = {
        **search._fidelity.done(history, rows),
        "n_splits": history.n_splits,
        "n_fits": sum(map(is_fit, history.records)),
        "refit": bool(search.refit),
    }
    if search._device_shares is not None:
        told["device_shares"] = dict(search._device_shares)
    if search.n_recheck is not None:
        told["n_recheck_fits"] = sum(map(is_fit, search.recheck_history_.records))
    return told


# -- counting --------------------------------------------------------------------


def _check_arguments(X: Any, y: Any, n_probes: Any, params: Any) -> None:
    if isinstance(n_probes, bool) or not isinstance(n_probes, numbers.Integral):
        raise TypeError(f"n_probes={n_probes!r} is no integer. Pass 0, or such as 8.")
    if n_probes < 0:
        raise ValueError(f"n_probes={n_probes} is below 0. Pass 0 to fit nothing.")
    if X is None and n_probes:
        raise ValueError(
            f"n_probes={n_probes} needs data to fit on. Pass X and y, or n_probes=0."
        )
    if X is None and (y is not None or params):
        given = ", ".join(([] if y is None else ["y"]) + sorted(params))
        raise ValueError(f"{given} without X tell nothing. Pass X too.")


def _copied(search: Any) -> Any:
    """Return a search to ask: whatever it sets or draws is its own."""
    copied = copy.copy(search)
    if not isinstance(search.cv, Iterator):
        copied.cv = copy.deepcopy(search.cv)
    seed = search.random_state
    copied.random_state = 0 if seed is None else copy.deepcopy(seed)
    copied.verbose = 0
    copied._device_shares = None
    copied.executor = search.executor  # which a copy leaves out
    return copied


def _before_data(search: Any) -> dict[str, Any]:
    check_parameter_names(search.estimator, search.param_distributions)
    space = search._space()
    fidelity = search._make_fidelity(None, None, None)
    return _planned(search, fidelity, space, count_splits(search.cv))


def _planned(
    search: Any, fidelity: Fidelity, space: SearchSpace, n_splits: int | None
) -> dict[str, Any]:
    plan, n_fits = fidelity.planned(space), None
    again = planned_recheck(search, n_splits, plan["n_candidates"])
    if n_splits is not None:
        n_fits = fidelity.n_tasks(space) * n_splits
        if search.max_fits is not None:  # which ends nothing before one is complete
            left = search.max_fits - (again.get("n_recheck_fits") or 0)
            n_fits = min(n_fits, max(left, n_splits))
        plan["n_candidates"] = min(plan["n_candidates"], math.ceil(n_fits / n_splits))
    told = {"n_splits": n_splits, "n_fits": n_fits, "refit": bool(search.refit)}
    return {**plan, **told, **again}


def _with_data(
    search: Any, X: Any, y: Any, n_probes: int, params: dict[str, Any]
) -> dict[str, Any]:
    if isinstance(search.cv, Iterator):
        raise ValueError(
            f"cv={search.cv!r} can be read once, and fit would find nothing left in "
            "it. Pass list(cv) to the search."
        )
    scorers, _ = search._get_scorers()
    X, y = indexable(X, y)
    routed = routed_params(search, check_method_params(X, params=params))
    evaluator = make_evaluator(search, X, y, scorers, routed)
    groups = routed["splitter"]["split"].get("groups")
    search._fidelity = fidelity = search._make_fidelity(evaluator, y, groups)
    history = search._make_history(evaluator)
    plan = _planned(search, fidelity, history.space, history.n_splits)
    if not n_probes:
        return plan
    rules = search._make_search(history, X, fidelity)
    evaluator = with_device_shares(search, evaluator, rules)
    with fidelity.prepared(evaluator, None) as ready:
        timings, n_failed = probe(search, ready, history, n_probes, fidelity.probed_at)
    work = _work(search, evaluator, rules, plan)
    seconds = estimate(timings, work, budgets_of(search))
    n_done = len(timings.fit_seconds) + n_failed
    return {**plan, **seconds, "n_probes": n_done, "n_failed_probes": n_failed}


def _work(
    search: Any, evaluator: Evaluator, rules: Search, plan: dict[str, Any]
) -> Work:
    n_splits, n_fits = plan["n_splits"], plan["n_fits"]
    n_slots = configured_workers(search.n_jobs, search.executor).n_slots
    resource = search._fidelity.resource or 1
    n_again = plan.get("n_recheck_fits") or 0
    again = [(math.ceil(n_again / n_splits), resource)] if n_again else []
    return Work(
        steps=[*search._fidelity.steps(rules.history.space), *again],
        n_splits=n_splits,
        n_fits=n_fits + n_again,
        n_busy=min(n_slots, rules.max_pending * n_splits, n_fits),
        resource=resource,
        refit_rows=_refit_rows(evaluator, plan) if search.refit else 0.0,
        refit_from=_refit_from(plan),
    )


def _refit_rows(evaluator: Evaluator, plan: dict[str, Any]) -> float:
    """Return how many rows the refit has for each row of a fit in full."""
    train = float(np.mean([len(rows) for rows, _ in evaluator.splits]))
    if plan.get("resource") == "n_samples":
        train = min(train, plan["brackets"][0]["n_resources"][-1])
    return max(1.0, num_samples(evaluator.X) / train)


def _refit_from(plan: dict[str, Any]) -> int | None:
    """Return the lowest rung where a learning curve may cut the number of members."""
    if plan.get("resource", "epochs") in ("epochs", "n_samples"):
        return None
    return int(plan["brackets"][0]["n_resources"][0])
