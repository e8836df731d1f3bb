"""Many candidates trained a little, and the best of them trained on."""

import contextlib
import dataclasses
import numbers
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from sklearn.model_selection import check_cv

from sksearch._search_loop import Search
from sksearch._sklearn_compat import Interval, StrOptions
from sksearch.callbacks import Callback
from sksearch.estimators._base import BaseSearch
from sksearch.estimators._brackets import (
    brackets_done,
    plan_brackets,
    scheduler_for,
    summary,
)
from sksearch.estimators._design import design_first
from sksearch.estimators._proposals import (
    OPTIMIZERS,
    first_candidates,
    make_optimizer,
    n_points,
)
from sksearch.estimators._resources import (
    Data,
    choose_training,
    describe_data,
    resource_bounds,
)
from sksearch.estimators._results import Row
from sksearch.estimators._sweep import Sweep
from sksearch.estimators._validation import check_fold_stopping, searched_choices
from sksearch.evaluation import Evaluator, TrainOn, open_checkpoints
from sksearch.history import History
from sksearch.schedulers import ASHA, Bracket, FoldRacing, Hyperband

__all__ = ["HyperbandSearchCV"]

_MOST_PENDING = 16  # where the optimizer would wait for nothing: promotions go first


class HyperbandSearchCV(BaseSearch):
    """Search by training many candidates a little and ever fewer of them ever further.

    Candidates start with few epochs, trees or rows. The best of them are trained on,
    from where they were: never again from the beginning where the estimator allows it.
    How many start how low is Hyperband's answer [1]_; which ones is that of a Gaussian
    process that learns from all resources [2]_.

    Parameters
    ----------
    estimator : estimator object
        Cloned for every candidate; itself never changed.
    param_distributions : dict or list of dicts
        As of `BayesSearchCV`.
    resource : str, default="auto"
        What is spent on candidates: "epochs" (of a skorch net, or calls of
        ``partial_fit``), "n_samples" (training rows), or the name of an integer
        parameter such as "n_estimators" or "clf__max_iter". "auto" is the first that
        the estimator has of: epochs of a net, epochs by ``partial_fit``, the members of
        an ensemble with ``warm_start``, the trees of LightGBM, XGBoost or CatBoost; of
        a pipeline those of its last step; else "n_samples". Rows, and parameters that
        no library continues, are fitted again at each rung.
    min_resources : int or "auto", default="auto"
        The smallest amount. "auto" leaves at most five rungs, and two rows of each
        class in every fold.
    max_resources : int or "auto", default="auto"
        The largest amount. "auto" is the estimator's own value, such as `max_epochs`,
        `max_iter` or `n_estimators`, or all rows.
    factor : float, default=3
        One in so many candidates goes on to the next rung, which has so many times the
        resource.
    scheduler : {"auto", "hyperband", "asha", "halving"}, default="auto"
        "hyperband" runs one bracket of successive halving after the other, each
        starting fewer candidates with more; "halving" the first of these alone; "asha"
        promotes without waiting for a rung to fill. "auto" is "asha" with
        `asynchronous`, else "hyperband".
    n_iter : int, default=None
        How many candidates start. None is one round of brackets: 49 candidates for 1 to
        27 by 3, 143 for 1 to 81. With more, brackets come round again.
    optimizer : {"auto", "gp", "tpe", "sobol", "random"} or Optimizer, default="auto"
        Where candidates come from, as of `BayesSearchCV`. The Gaussian process has the
        resource as one more column, and proposes what promises most at a high one.
        Models have a say from the second bracket on: before, all that they could learn
        is what is good after little training. "random" is plain Hyperband.
    param_constraint : callable, default=None
        Takes a dict of parameters and returns whether they may be tried.
    score_constraints : dict of str to float, default=None
        The least that a mean score must be, by the name of its scorer, as in
        ``{"neg_latency": -0.01}``. A candidate that meets all ranks before any that
        does not, and the latter by the sum of what they miss, each as a share of the
        bound's size. A model of each score says where bounds are likely met.
    initial_params : list of dict, default=()
        Candidates to start first, each a point of the space.
    initial_design : {"auto", "sobol"}, default="auto"
        What follows them: as of `BayesSearchCV`. The rest of the first bracket are
        points of a Sobol sequence, but by "random", by an `Optimizer` and with "asha".
    fold_stopping : bool, default=False
        Whether candidates on the highest rung are spared folds, as of `BayesSearchCV`.
    cost_aware : bool, default=False
        As of `BayesSearchCV`, by the seconds for one unit of the resource.
    max_time : float, default=None
        Seconds after which no more results are waited for, as soon as one candidate is
        complete at some resource; None sets no limit.
    max_checkpoint_bytes : int or "auto", default="auto"
        How much disk the candidates may take that wait to be trained on. "auto" is half
        of what is free in the folder for temporary files.
    objective : str, default=None
        With several scorers, the one to maximise; None takes `refit` where it is a
        name, else the first.
    scoring : str, callable, list, tuple or dict, default=None
        How candidates are scored, as in `GridSearchCV`.
    n_jobs : int, default=None
        How many fits run at once; None means 1 unless a `joblib.parallel_config` says
        otherwise, -1 all cores.
    refit : bool, str or callable, default=True
        Whether to train the best candidate on all data, at the resource that won. A
        callable meets the rows of all rungs.
    cv : int, cross-validation generator or iterable, default=None
        The splits, made once: every candidate sees the same ones. None means 5 folds.
    verbose : int, default=0
        0 is silent; 1 prints what the resource is, and one line of progress; 2 adds a
        line for every candidate, 3 one for every fit.
    pre_dispatch : int or str, default="2*n_jobs"
        How many batches of fits may be queued or running; it saves memory, no more.
    random_state : int, RandomState instance or None, default=None
        Determines the candidates, the samples of rows, and with `seed_fits` the fits.
    error_score : "raise" or numeric, default=np.nan
        The score of a fit that fails; "raise" raises what it raised.
    return_train_score : bool, default=False
        Whether `cv_results_` has the scores on the training folds.
    max_pending : int or "auto", default="auto"
        How many candidates may be in training when the next decision is made. "auto" is
        2 for "gp", 8 for "tpe" and 16 for optimizers that read no scores. It determines
        the result, as `n_jobs` does not.
    asynchronous : bool, default=False
        Whether a result counts as soon as it is there instead of in its turn. The
        result then depends on timing.
    seed_fits : bool, default=False
        Whether each candidate gets a seed of its own on each fold, as of
        `BayesSearchCV`.
    reuse_transformers : bool, default=False
        Whether equal heads of a `Pipeline` are fitted once per fold for all candidates.
        Each candidate fits them once per fold in any case.
    finalize : callable, default=None
        Takes a fitted model and returns the one that is scored, such as a pruned or
        quantized one; it may change what it is given. It is applied to every candidate
        and to the refitted one, and its time is part of the fit's. Where it raises, the
        fit has failed. Training goes on from the model as it was before; no learning
        curve is read then.
    callbacks : sequence of Callback, default=()
        Readers of the history, see `sksearch.callbacks.Callback`.

    Attributes
    ----------
    cv_results_ : dict of str to ndarray
        As in `GridSearchCV`, one row for each candidate and rung that it stood on, with
        the columns ``iter`` (which rung), ``n_resources``, ``bracket``, ``status``,
        ``n_folds`` and ``error``. Ranks are by resource first, then by score. The fit
        time of a candidate that was trained on is that of the increment. A parameter
        that is the resource is among the row's ``params``. Best iterations as of
        `BayesSearchCV`, where trees are not the resource.
    history_ : History
        Everything that was decided and measured, in order.
    resource_ : str
        The resource that was spent.
    continued_ : bool
        Whether candidates were trained on, or fitted again at each rung.
    best_estimator_ : estimator
        The best candidate, trained on all data. With `refit` only.
    best_score_ : float
        Its mean cross-validated score. Not with a callable `refit`.
    best_params_ : dict
        Its parameters, with `best_resource_` where a parameter is the resource, and
        None for what would stop LightGBM or XGBoost early.
    best_index_ : int
        Its row in `cv_results_`, one of those with the highest resource.
    best_resource_ : int
        The resource that won: that of the best candidate's rung, or a smaller one at
        which it was better, where one training tells its whole learning curve.
    best_curve_ : dict of int to float
        That curve: mean scores by resource, for members of ensembles and the trees of
        LightGBM; else empty. With a callable `refit` it is of the objective, and cuts
        nothing.
    n_resources_ : list of int
        The resources of the rungs.
    n_candidates_ : list of int
        How many candidates stood on each rung.
    n_remaining_candidates_ : int
        How many would go on from the last rung.
    n_iterations_, n_possible_iterations_, n_required_iterations_ : int
        How many rungs there were; here they are all the same.
    min_resources_, max_resources_ : int
        The smallest and the largest resource.
    metadata_ : dict
        What `metadata` foretold, as it was done.
    checkpoint_bytes_ : int
        The most disk that candidates took while they waited to be trained on.
    n_splits_ : int
        The number of folds.
    refit_time_ : float
        Seconds spent on refitting. With `refit` only.
    scorer_ : callable or dict
        The scorers used.
    multimetric_ : bool
        Whether there are several scores.
    classes_ : ndarray of shape (n_classes,)
        Of the best estimator, where it is a classifier.
    n_features_in_ : int
        Of the best estimator.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Of the best estimator, where it has them.

    See Also
    --------
    BayesSearchCV : Trains every candidate in full.
    sklearn.model_selection.HalvingRandomSearchCV : Fits all survivors again.

    Notes
    -----
    Between two rungs a candidate waits on disk, one file for each fold, removed as soon
    as it is out. A file that is lost costs the time to train from the beginning; a
    warning says so. Nets of skorch are kept as the states of their parts, with the
    state of torch's generator, and go on bit for bit. Rows that a net would hold back
    by its `train_split` are trained on during the search, unless a callback monitors a
    ``valid`` score or `train_split` is searched; the refit holds them back again.

    Where the trees of LightGBM or XGBoost are the resource, the rungs and the learning
    curve say how many there are: early stopping of their own is left out, and no row is
    held out for it, unless you pass an ``eval_set``. With any other resource it acts at
    each rung as in `BayesSearchCV`.

    References
    ----------
    .. [1] L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh and A. Talwalkar, "Hyperband:
       A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 2018.
    .. [2] A. Klein, L. C. Tiao, T. Lienart, C. Archambeau and M. Seeger, "Model-based
       Asynchronous Hyperparameter and Neural Architecture Search", 2020.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sksearch import HyperbandSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = HyperbandSearchCV(
    ...     SGDClassifier(random_state=0),
    ...     {"alpha": loguniform(1e-5, 1e-1), "penalty": ["l2", "l1"]},
    ...     max_resources=27,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> search.resource_, search.n_resources_
    ('epochs', [1, 3, 9, 27])
    >>> search.n_candidates_
    [27, 21, 13, 8]
    >>> bool(search.best_score_ > 0.8)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearch._parameter_constraints,
        "resource": [str],
        "min_resources": [
            StrOptions({"auto"}),
            Interval(numbers.Integral, 1, None, closed="left"),
        ],
        "max_resources": [
            StrOptions({"auto"}),
            Interval(numbers.Integral, 1, None, closed="left"),
        ],
        "factor": [Interval(numbers.Real, 1, None, closed="neither")],
        "scheduler": [StrOptions({"auto", "hyperband", "asha", "halving"})],
        "n_iter": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "max_checkpoint_bytes": [
            StrOptions({"auto"}),
            Interval(numbers.Integral, 1, None, closed="left"),
        ],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        resource: str = "auto",
        min_resources: Any = "auto",
        max_resources: Any = "auto",
        factor: float = 3,
        scheduler: str = "auto",
        n_iter: int | None = None,
        optimizer: Any = "auto",
        param_constraint: Any = None,
        score_constraints: Any = None,
        initial_params: Any = (),
        initial_design: str = "auto",
        fold_stopping: bool = False,
        cost_aware: bool = False,
        max_time: float | None = None,
        max_checkpoint_bytes: Any = "auto",
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
        finalize: Any = None,
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
        self.resource = resource
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.factor = factor
        self.scheduler = scheduler
        self.n_iter = n_iter
        self.optimizer = optimizer
        self.param_constraint = param_constraint
        self.score_constraints = score_constraints
        self.initial_params = initial_params
        self.initial_design = initial_design
        self.fold_stopping = fold_stopping
        self.cost_aware = cost_aware
        self.max_time = max_time
        self.max_checkpoint_bytes = max_checkpoint_bytes
        self.objective = objective
        self.random_state = random_state
        self.max_pending = max_pending
        self.asynchronous = asynchronous
        self.seed_fits = seed_fits
        self.reuse_transformers = reuse_transformers
        self.finalize = finalize
        self.callbacks = callbacks

    # -- the plan ----------------------------------------------------------------

    def metadata(self) -> dict[str, Any]:
        """Tell what a search costs, before it.

        Returns
        -------
        metadata : dict
            "resource", "brackets" (of each the candidates and the resources of its
            rungs), "n_candidates" (how many start), "total_resources" (what all are
            trained by together, on one fold), and "n_fits" (on all folds). Spaces with
            fewer points than that take less.

        Raises
        ------
        ValueError
            If the resource is rows and `max_resources` is "auto": only the data tell.

        Examples
        --------
        >>> from sklearn.linear_model import SGDClassifier
        >>> from sksearch import HyperbandSearchCV
        >>> search = HyperbandSearchCV(
        ...     SGDClassifier(), {"alpha": (1e-5, 1e-1)}, max_resources=81
        ... )
        >>> search.metadata()["n_candidates"]
        143
        """
        n_splits = check_cv(self.cv).get_n_splits() if _is_counted(self.cv) else None
        most = 2**62 if self.max_resources == "auto" else int(self.max_resources)
        data = Data(most, n_splits or 1, 1, "shuffled", 0)
        training = self._choose_training(data)
        if training.resource == "n_samples" and self.max_resources == "auto":
            raise ValueError(
                "max_resources='auto' is the number of training rows, which only the "
                "data tell. Pass max_resources, or read metadata_ after fit."
            )
        bounds = self._bounds(training, data)
        return summary(
            self._plan(bounds, self.n_iter),
            training.resource,
            training.continues,
            n_splits,
        )

    def _choose_training(self, data: Data) -> Any:
        searched = searched_choices(self.param_distributions)
        return choose_training(
            self.estimator, self.resource, searched, self.max_resources, data
        )

    def _bounds(self, training: Any, data: Data) -> tuple[int, int]:
        bounds = self.min_resources, self.max_resources
        return resource_bounds(self.estimator, training, bounds, self.factor, data)

    def _plan(self, bounds: tuple[int, int], n_trials: int | None) -> list[Bracket]:
        return plan_brackets(self._which_scheduler(), bounds, self.factor, n_trials)

    def _which_scheduler(self) -> str:
        if self.scheduler != "auto":
            return self.scheduler
        return "asha" if self.asynchronous else "hyperband"

    # -- the search --------------------------------------------------------------

    def _make_evaluator(self, X: Any, y: Any, scorers: Any, routed: Any) -> Evaluator:
        evaluator = super()._make_evaluator(X, y, scorers, routed)
        groups = routed["splitter"]["split"].get("groups")
        data = describe_data(self.estimator, y, evaluator, groups)
        training = self._choose_training(data)
        self.min_resources_, self.max_resources_ = self._bounds(training, data)
        self.resource_, self.continued_ = training.resource, training.continues
        if self.verbose:
            how = "trained on" if self.continued_ else "fitted again at each rung"
            print(
                f"resource {self.resource_!r} from {self.min_resources_} to "
                f"{self.max_resources_}: candidates are {how}"
            )
        self._training = training
        return evaluator

    @contextlib.contextmanager
    def _prepared(self, evaluator: Evaluator) -> Iterator[Evaluator]:
        """Give the candidates a folder where they wait to be trained on."""
        most = self.max_checkpoint_bytes
        with open_checkpoints(None if most == "auto" else most) as checkpoints:
            bounds = self.min_resources_, self.max_resources_
            train = TrainOn(self._training, checkpoints, *bounds)
            yield dataclasses.replace(evaluator, train=train)

    def _make_search(self, history: History, X: Any) -> Search:
        bounds = self.min_resources_, self.max_resources_
        brackets = self._plan(bounds, self.n_iter)
        space, n_trials = history.space, sum(b.sizes[0] for b in brackets)
        possible = n_points(space, n_trials)
        if possible < n_trials:
            n_trials = int(possible)
            brackets = self._plan(bounds, n_trials)
        optimizer = make_optimizer(
            self.optimizer, OPTIMIZERS, space, n_trials, self.cost_aware
        )
        initial = first_candidates(self, space, optimizer, n_trials, X)
        self._brackets = brackets
        which = self._which_scheduler()
        if isinstance(self.optimizer, str) and which != "asha":
            optimizer = design_first(optimizer, brackets[0].sizes[0])
        scheduler = scheduler_for(which, brackets, self.factor, initial)
        check_fold_stopping(self.fold_stopping, history.n_splits)
        racing = FoldRacing(resource=bounds[1]) if self.fold_stopping else None
        max_pending = self.max_pending
        if max_pending == "auto":
            max_pending = min(getattr(optimizer, "max_pending", 1), _MOST_PENDING)
        return Search(history, optimizer, scheduler, max_pending, racing)

    def _all_callbacks(self, search: Search, evaluator: Evaluator) -> list[Callback]:
        self.checkpoint_bytes_ = 0
        others = super()._all_callbacks(search, evaluator)
        if not self.continued_:
            return others
        train, scheduler = evaluator.train, search.scheduler
        assert isinstance(train, TrainOn)
        assert isinstance(scheduler, ASHA | Hyperband)
        return [Sweep(train.checkpoints, scheduler, self._see), *others]

    def _see(self, n_bytes: int) -> None:
        self.checkpoint_bytes_ = max(self.checkpoint_bytes_, n_bytes)

    def _n_tasks(self, search: Search) -> int:
        return sum(sum(bracket.sizes) for bracket in self._brackets)

    # -- after -------------------------------------------------------------------

    def _make_table(self, rows: list[Row]) -> dict[str, Any]:
        table = super()._make_table(rows)
        self._rows = rows
        trials = self.history_.trials
        resources = np.array([resource for _, resource in rows])
        self.n_resources_, counts = _counted(resources)
        table["iter"] = np.searchsorted(self.n_resources_, resources)
        table["n_resources"] = resources
        table["bracket"] = np.array([trials[i].tags["bracket"] for i, _ in rows])
        self._count(counts)
        return table

    def _count(self, counts: list[int]) -> None:
        """Set the attributes that scikit-learn's halving searches have."""
        self.n_candidates_ = counts
        self.n_remaining_candidates_ = int(-(-counts[-1] // self.factor))
        n_rungs = len(self.n_resources_)
        self.n_iterations_ = self.n_possible_iterations_ = n_rungs
        self.n_required_iterations_ = n_rungs
        done = brackets_done(self.history_, len(self._brackets))
        self.metadata_ = summary(done, self.resource_, self.continued_, self.n_splits_)

    def _params_of(self, trial_id: int, resource: int) -> dict[str, Any]:
        params = super()._params_of(trial_id, resource)
        name = self._training.parameter
        return params if name is None else {**params, name: resource}

    def _choose(self, table: dict[str, Any], refit_metric: str) -> None:
        super()._choose(table, refit_metric)
        self.best_resource_ = int(table["n_resources"][self.best_index_])
        self.best_curve_ = self._curve_of(self._rows[self.best_index_], refit_metric)
        name, curve = self._training.parameter, self.best_curve_
        if name is not None and curve and not callable(self.refit):
            best = max(curve, key=lambda resource: (curve[resource], -resource))
            self.best_resource_ = best
            self.best_params_ = {**self.best_params_, name: best}

    def _curve_of(self, row: Row, metric: str) -> dict[int, float]:
        """Return a candidate's mean score by resource, where one training tells all."""
        folds = list(self.history_.evaluations(*row).values())
        if not all(fold.curve for fold in folds):
            return {}
        curves = [{**fold.curve, row[1]: fold.scores} for fold in folds]
        if callable(self.refit):  # which names no metric
            metric = self.history_.objective or next(iter(folds[0].scores))
        return {
            resource: float(np.mean([curve[resource][metric] for curve in curves]))
            for resource in curves[0]
        }

    def _fit_best(self, X: Any, y: Any, fit_params: Any) -> None:
        estimator, resource = self.best_estimator_, self.best_resource_
        self._training.refit(estimator, X, y, resource, fit_params)


def _is_counted(cv: Any) -> bool:
    """Whether the number of folds is known before the data."""
    return cv is None or isinstance(cv, int) or hasattr(cv, "n_splits")


def _counted(resources: Any) -> tuple[list[int], list[int]]:
    found, counts = np.unique(resources, return_counts=True)
    return found.tolist(), counts.tolist()
