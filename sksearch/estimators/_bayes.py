"""Model-based search in place of GridSearchCV and RandomizedSearchCV."""

from typing import Any, ClassVar

import numpy as np

from sksearch.estimators._base import BaseSearch
from sksearch.estimators._fidelity import Fidelity, InFull
from sksearch.estimators._validation import COUNT
from sksearch.evaluation import Evaluator

__all__ = ["BayesSearchCV"]


class BayesSearchCV(BaseSearch):
    """Search hyper-parameters with a model of the scores; takes GridSearchCV's place.

    A Gaussian process learns from the candidates evaluated so far where better ones
    are likely, so that a good one is found in fewer fits than by grid or by chance
    [1]_ [2]_. All that `GridSearchCV` and `RandomizedSearchCV` promise holds:
    attributes, methods, metadata routing, callbacks, composition and errors.

    Parameters
    ----------
    estimator : estimator object
        Cloned for every fit; itself never changed.
    param_distributions : dict or list of dicts
        For each parameter name a list of choices (always choices, never a range, also
        with two numbers), a `scipy.stats` distribution or any object with ``rvs``, one
        of `sksearch.space.Real`, `Integer` and `Categorical`, or a tuple ``(low,
        high)`` or ``(low, high, "log-uniform")``. A list of dicts is one conditional
        space. A ``param_grid`` can be passed as it is.
    n_iter : int, default=50
        How many candidates are evaluated. A finite space with at most that many points
        is evaluated in full, in the order of `GridSearchCV`.
    optimizer : {"auto", "gp", "tpe", "sobol", "random"} or Optimizer, default="auto"
        Where candidates come from: "gp" from a Gaussian process after a small
        space-filling design, "tpe" from densities of good and other candidates, "sobol"
        from a scrambled Sobol sequence, "random" from the distributions as in
        `RandomizedSearchCV`; or an object with ``ask(history, rng)``. "auto" is "gp",
        and "tpe" beyond 2,000 candidates or 50 dimensions. No candidate is evaluated
        twice.
    param_constraint : callable, default=None
        Takes a dict of parameters and returns whether they may be tried. What it
        rejects costs nothing.
    score_constraints : dict of str to float, default=None
        The least that a mean score must be, by the name of its scorer, as in
        ``{"neg_latency": -0.01}``. A candidate that meets all ranks before any that
        does not, and the latter by the sum of what they miss, each as a share of the
        bound's size. A model of each score says where bounds are likely met.
    initial_params : list of dict, default=()
        Candidates to evaluate first, each a point of the space. They count in `n_iter`.
    initial_design : {"auto", "sobol"}, default="auto"
        What comes after `initial_params`, before the model has something to learn from.
        "auto" is the estimator's own parameters where they lie in the space, then two
        candidates that were good on other data, where a table in this package knows the
        estimator, or the part of it that is searched; fewer where what comes first
        would be more than a third of `n_iter`. Then, and with "sobol" at once, comes a
        scrambled Sobol sequence. Random search and grids begin as they always do.
    warm_start_from : list, default=()
        Earlier searches to begin from: fitted searches, histories, paths of journals,
        or the `cv_results_` of any search of scikit-learn. Parameters are matched by
        name; what an earlier search did not vary counts as the estimator's own value,
        and what lies outside the space is left out. One of their best
        candidates runs first. With "auto" and "gp" models of them then guide the
        search, as far as they explain its results.
    prior : dict, default=None
        What you believe of parameters, by name: for a range ``(centre, spread)``, such
        as ``{"lr": (1e-3, 3.0)}``, where the spread is one standard deviation, a factor
        if the range is log-uniform and a difference if it is not; for choices
        ``(choice, probability)``, or a dict from choices to probabilities, of which
        those that are not named share the rest. The likeliest candidate comes after
        `initial_params`, and every other point of the design is drawn from the prior.
        Then the model's proposals lean towards it, the less so the more candidates
        there are (piBO, Hvarfner et al., 2022), so that a wrong belief costs a few of
        them. Optimizers that draw without a model, "random" and "sobol", take none.
    fold_stopping : bool, default=False
        Whether a candidate that cannot win any more, by its scores so far, is spared
        the folds that are left. It then has NaN in their columns and as its mean, ranks
        behind all complete candidates and is never `best_params_`; the model learns
        from what was measured. See `sksearch.schedulers.FoldRacing` for the rule, which
        needs twelve complete candidates. A callable `refit` meets such rows.
    cost_aware : bool, default=False
        Whether candidates are chosen by expected improvement per second: slow ones must
        promise more. This counts in full at first, and less the more of `n_iter` is
        spent. With "gp" and "auto" only; the result then depends on how fast the
        machine is.
    max_time : float or str, default=None
        Seconds, or a text such as "90min", "2h" or "1h 30min", after which no more
        results are waited for, as soon as one candidate is complete; None sets no
        limit. What was measured until then depends on the speed of the machine.
    max_fits : int, default=None
        After how many fits the search ends in the same way; a candidate whose last
        folds are not among them is not complete. The result depends on no clock.
    max_cost : float, str or dict, default=None
        Worker-seconds of fitting and scoring after which the search ends in the same
        way, as a number or a text like `max_time`; or hours by kind of device, as
        ``{"cpu_hours": 20, "gpu_hours": 2}``, the first one spent ending it.
    fit_timeout : float or str, default=None
        How long fitting and scoring one fold may take, from when its worker begins;
        then its worker is killed and replaced, also where it hangs in C code. The fold
        has `error_score` and the status "timed_out". With a limit fits run in worker
        processes also for ``n_jobs=1``; joblib backends other than the default one are
        refused. The refit has no limit.
    max_memory : int, default=None
        How many bytes a worker may hold, besides data that are mapped; a fit by which
        it holds more ends like one that takes too long, as "out_of_memory".
    objective : str, default=None
        With several scorers, the one to maximise; None takes `refit` where it is a
        name, else the first.
    scoring : str, callable, list, tuple or dict, default=None
        How candidates are scored, as in `GridSearchCV`.
    n_jobs : int, default=None
        How many fits run at once; None means 1 unless a `joblib.parallel_config` says
        otherwise, -1 all cores. It never changes the result of estimators that are
        deterministic given their parameters.
    refit : bool, str or callable, default=True
        Whether to fit the best candidate on all data, as in `GridSearchCV`. Rules for
        another choice are in `sksearch.selection`.
    cv : int, cross-validation generator or iterable, default=None
        The splits, made once: every candidate sees the same ones, but for `reshuffle`.
        None means 5 folds.
    verbose : int, default=0
        0 is silent; 1 prints one line with the best score so far, the fits done and the
        time left; 2 adds a line for every candidate, 3 one for every fit. Always from
        the calling process.
    pre_dispatch : int or str, default="2*n_jobs"
        How many batches of fits may be queued or running; it saves memory, no more.
    random_state : int, RandomState instance or None, default=None
        Determines the candidates, and with `seed_fits` the fits.
    error_score : "raise" or numeric, default=np.nan
        The score of a fit that fails; "raise" raises what it raised.
    return_train_score : bool, default=False
        Whether `cv_results_` has the scores on the training folds.
    max_pending : int or "auto", default="auto"
        How many candidates may be unfinished when the next one is proposed. More keep
        more workers busy, fewer let each proposal learn from more results. "auto" is
        2 for "gp", 8 for "tpe" and 1000 for optimizers that read no scores. It
        determines the result, as `n_jobs` does not.
    asynchronous : bool, default=False
        Whether a result counts as soon as it is there instead of in its turn. No worker
        ever waits then, but the result depends on timing.
    seed_fits : bool, default=False
        Whether each fit gets a seed of its own, a function of `random_state`, candidate
        and fold, in every ``random_state`` parameter left at None and in the generators
        of numpy, `random` and torch, which are restored afterwards.
    reuse_transformers : bool, default=False
        Whether equal heads of a `Pipeline` are fitted once per fold, through joblib's
        memory. Worth it where transformers cost more than hashing their input; the
        results are the same for transformers that are deterministic.
    finalize : callable, default=None
        Takes a fitted model and returns the one that is scored, such as a pruned or
        quantized one; it may change what it is given. It is applied to every candidate
        and to the refitted one, and its time is part of the fit's. Where it raises, the
        fit has failed.
    journal : str or path, default=None
        A file to which the history is written line by line, such as "search.jsonl".
        `fit` goes on from what is in it: what was finished is not fitted again, after a
        kill or to add candidates by a larger `n_iter`. An existing folder, or a path
        that ends with a slash, has one file for each data set and its splits, as nested
        cross-validation needs. None writes nothing.
    executor : concurrent.futures.Executor, default=None
        Where fits run instead of where joblib's configuration says: threads, processes,
        or dask's ``client.get_executor()``. `n_jobs` is then the most that run at once,
        None and -1 what there are workers for. Clones share it, and it is left out when
        the search is pickled.
    return_oof : bool, default=False
        Whether the predictions of every candidate for its test rows are kept, by the
        methods that the scorers call: `oof_predictions_` has those of the best one, and
        `bootstrap_bias_corrected_score` needs all. Each model predicts once more for
        it, and `fold_stopping` is left out. With a journal they are in a folder beside
        it, ``<journal>.predictions``; fits that stand in the journal without them are
        run once more.
    return_estimator : bool, default=False
        Whether `fold_estimators_` has the models of the best candidate's folds. They
        are fitted again after the search, for models of all candidates would have to be
        kept; pass `seed_fits` where models are random.
    max_oof_bytes : int, default=2**30
        How much memory the predictions of all candidates may take; `fit` raises as soon
        as the first one tells that they will not fit. It is the number of candidates
        times that of tested rows times 8 for a number, 8 for each class of
        probabilities, 1 or 2 for a class.
    n_recheck : int, default=None
        How many of the best candidates are scored again, on splits that the search has
        not seen, before one of them is chosen: the best of many scores is in part luck.
        None chooses at once. `max_time`, `max_fits` and `max_cost` cover both, and what
        the re-check should take is kept back. A callable `refit` gets a table with the
        scores of the re-check, in which other rows have a mean of minus infinity.
    recheck_cv : int, cross-validation generator or iterable, default=None
        The splits of the re-check. None is four times the folds of `cv`, a number is so
        many folds; both are shuffled by `random_state`.
    reshuffle : bool, default=False
        Whether each candidate has splits of its own, which `cv` draws by `random_state`
        and the candidate's number: no split then favours the same candidates all the
        time. `cv` has to be one that can shuffle; not with `fold_stopping`.
    devices : "auto", list of str or dict of str to int, default=None
        The accelerators of the search, such as ``["cuda:0", "cuda:1"]``, or
        ``{"cuda:0": 4}`` for four fits at once on one; "auto" are all that a worker
        sees, with as many fits at once as a few fits before the search leave room for,
        where there are more workers than devices. A fit that takes one has a share of
        it while it runs: nets, LightGBM, XGBoost, CatBoost and whatever has a parameter
        `device` are put there, also inside pipelines; workers for others see one device
        only. A device that was chosen stays; under "auto" only nets, and what asks for
        "cuda" or "gpu", are put on one. The best candidate is refitted on one too. No
        result depends on it.
    callbacks : sequence of Callback, default=()
        Readers of the history, see `sksearch.callbacks.Callback`; one that returns True
        ends the search. scikit-learn's own go through ``set_callbacks``.

    Attributes
    ----------
    cv_results_ : dict of str to ndarray
        As in `GridSearchCV`, with three more columns: ``status`` ("complete", "failed",
        or "stopped" where the search, or `fold_stopping`, ended before all folds),
        ``n_folds`` (how many were evaluated) and ``error`` (None, or the line that says
        why a candidate failed). Where LightGBM or XGBoost stopped early, also
        ``split0_best_iteration`` and so on, and ``best_iteration``, their median.
        With `n_recheck` also ``split0_recheck_score`` and so on,
        ``mean_recheck_score`` and ``std_recheck_score``, NaN where nothing was scored
        again; ranks and ``mean_test_score`` are those of the search.
    history_ : History
        Everything that was decided and measured, in order; there also when `fit`
        raised.
    recheck_history_ : History
        The same of the re-check. With `n_recheck` only.
    best_estimator_ : estimator
        The best candidate, fitted on all data. With `refit` only.
    best_score_ : float
        Its mean cross-validated score in the search, also where a re-check chose it:
        the row's ``mean_recheck_score`` is less flattered. Not with a callable `refit`.
    best_params_ : dict
        Its parameters; where it stopped early, with the median of the folds' best
        iterations as the number of rounds, and without the stop.
    best_index_ : int
        Its row in `cv_results_`.
    scorer_ : callable or dict
        The scorers used.
    cost_ : dict
        What the search has spent: "fits", "worker_seconds" (of fitting and scoring,
        added up), "wall_seconds" (without the refit), and "by_status", a dict of how
        many fits ended "ok", "failed", "timed_out", "out_of_memory" or "worker_died",
        and how many folds were "skipped".
    metadata_ : dict
        What `metadata` foretold, as it was done.
    oof_predictions_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        With `return_oof`, what the best candidate predicted for each row while that was
        held out, as `cross_val_predict` has it, by the method that the scorer calls.
        Rows that no fold tests are masked; where rows are tested several times, an axis
        before counts the times.
    oof_ : OutOfFold
        With `return_oof`, the same of all candidates on the highest rung that are
        complete.
    fold_estimators_ : list of estimators
        With `return_estimator`, the best candidate's model of each fold, as it was
        scored in the row `best_index_`; None for a fold that failed.
    n_splits_ : int
        The number of folds.
    refit_time_ : float
        Seconds spent on refitting. With `refit` only.
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
    sklearn.model_selection.GridSearchCV : Tries every combination.
    sklearn.model_selection.RandomizedSearchCV : Tries combinations at random.

    Notes
    -----
    LightGBM and XGBoost that are to stop early, and to whose `fit` no ``eval_set`` is
    passed, get one from the search: a tenth of the training rows of each fold, the same
    for all candidates, on which nothing else is fitted, no step of a pipeline either.
    It has its share of each class, whole groups where there are `groups`, and the last
    rows where all splits ask for what comes later. The refit is on all rows.

    The first Ctrl-C ends the search and keeps what is finished, with a warning; the
    second one raises. A worker process that dies costs the fit it ran, after a second
    try, and nothing else. With ``n_jobs=1`` there is one only where a fit has limits.

    References
    ----------
    .. [1] J. Snoek, H. Larochelle and R. P. Adams, "Practical Bayesian Optimization of
       Machine Learning Algorithms", NeurIPS 2012.
    .. [2] S. Ament, S. Daulton, D. Eriksson, M. Balandat and E. Bakshy, "Unexpected
       Improvements to Expected Improvement for Bayesian Optimization", NeurIPS 2023.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sksearch import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(
    ...     SVC(),
    ...     {"C": loguniform(1e-2, 1e3), "kernel": ["linear", "rbf"]},
    ...     n_iter=15,
    ...     random_state=0,
    ... )
    >>> print(f"{search.fit(X, y).best_score_:.2f}")
    0.99
    >>> len(search.cv_results_["params"])
    15
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearch._parameter_constraints,
        "n_iter": [COUNT],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 50,
        optimizer: Any = "auto",
        param_constraint: Any = None,
        score_constraints: Any = None,
        initial_params: Any = (),
        initial_design: str = "auto",
        warm_start_from: Any = (),
        prior: dict[str, Any] | None = None,
        fold_stopping: bool = False,
        cost_aware: bool = False,
        max_time: float | str | None = None,
        max_fits: int | None = None,
        max_cost: float | str | dict[str, float] | None = None,
        fit_timeout: float | str | None = None,
        max_memory: int | None = None,
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
        journal: Any = None,
        executor: Any = None,
        return_oof: bool = False,
        return_estimator: bool = False,
        max_oof_bytes: int = 2**30,
        n_recheck: int | None = None,
        recheck_cv: Any = None,
        reshuffle: bool = False,
        devices: Any = None,
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
        self.score_constraints = score_constraints
        self.initial_params = initial_params
        self.initial_design = initial_design
        self.warm_start_from = warm_start_from
        self.prior = prior
        self.fold_stopping = fold_stopping
        self.cost_aware = cost_aware
        self.max_time = max_time
        self.max_fits = max_fits
        self.max_cost = max_cost
        self.fit_timeout = fit_timeout
        self.max_memory = max_memory
        self.objective = objective
        self.random_state = random_state
        self.max_pending = max_pending
        self.asynchronous = asynchronous
        self.seed_fits = seed_fits
        self.reuse_transformers = reuse_transformers
        self.finalize = finalize
        self.journal = journal
        self.executor = executor
        self.return_oof = return_oof
        self.return_estimator = return_estimator
        self.max_oof_bytes = max_oof_bytes
        self.n_recheck = n_recheck
        self.recheck_cv = recheck_cv
        self.reshuffle = reshuffle
        self.devices = devices
        self.callbacks = callbacks

    def _make_fidelity(
        self, evaluator: Evaluator | None, y: Any, groups: Any
    ) -> Fidelity:
        return InFull(self.n_iter)
