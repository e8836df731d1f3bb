"""Many candidates trained a little, and the best of them trained on."""

from typing import Any, ClassVar

import numpy as np

from sksearch._sklearn_compat import StrOptions
from sksearch.estimators._base import BaseSearch
from sksearch.estimators._batching import BATCHING_CONSTRAINTS
from sksearch.estimators._fidelity import Fidelity
from sksearch.estimators._planning import RUNG_CONSTRAINTS, start_on_rungs
from sksearch.evaluation import Evaluator

__all__ = ["HyperbandSearchCV"]


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
        "hyperband" runs several brackets of successive halving: the one that starts
        most candidates with least, then from the one that trains each in full to those
        that start more with less; "halving" the first of these alone; "asha" promotes
        without waiting for a rung to fill. "auto" is "asha" with `asynchronous`, else
        "hyperband".
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
        Whether candidates on the highest rung are spared folds, as of `BayesSearchCV`.
    cost_aware : bool, default=False
        As of `BayesSearchCV`, by the seconds for one unit of the resource.
    max_time : float or str, default=None
        Seconds, or a text such as "90min", "2h" or "1h 30min", after which no more
        results are waited for, as soon as one candidate is complete at some
        resource; None sets no limit.
    max_fits : int, default=None
        After how many fits the search ends in the same way; a candidate whose last
        folds are not among them is not complete. The result depends on no clock.
    max_cost : float, str or dict, default=None
        Worker-seconds of fitting and scoring after which the search ends in the same
        way, as a number or a text like `max_time`; or hours by kind of device, as
        ``{"cpu_hours": 20, "gpu_hours": 2}``, the first one spent ending it.
    fit_timeout : float or str, default=None
        How long fitting and scoring one fold may take, at each rung anew, from when its
        worker begins; then this is killed and replaced, also where it hangs in C code.
        The fold has `error_score` and the status "timed_out". With a limit fits run in
        worker processes also for ``n_jobs=1``; joblib backends other than the default
        one are refused. The refit has no limit.
    max_memory : int, default=None
        How many bytes a worker may hold, besides data that are mapped; a fit by which
        it holds more ends like one that takes too long, as "out_of_memory".
    max_checkpoint_bytes : int or "auto", default="auto"
        How much disk the candidates may take that wait to be trained on. "auto" is half
        of what is free in the folder for temporary files, or beside the journal.
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
        callable meets the rows of all rungs; those of `sksearch.selection` choose among
        the highest.
    cv : int, cross-validation generator or iterable, default=None
        The splits, made once: every candidate sees the same ones, but for `reshuffle`.
        None means 5 folds.
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
    batch_candidates : bool or "auto", default=False
        Whether skorch nets that wait for the same rung, and differ in numbers of their
        optimizer only (`lr`, weight decay, momentum, betas, eps), are trained as one
        net, by ``torch.func``; their folds too. "auto" does so on CUDA devices. Each
        result is that of the net alone, up to rounding. It needs `seed_fits`, and nets
        without dropout, batch normalization and callbacks; with `verbose` a line says
        why others are trained alone. `max_pending` is how many candidates can wait: the
        "auto" of models leaves little to group.
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
        With `n_recheck` also ``split0_recheck_score`` and so on,
        ``mean_recheck_score`` and ``std_recheck_score``, NaN where nothing was scored
        again; ranks and ``mean_test_score`` are those of the search.
    history_ : History
        Everything that was decided and measured, in order.
    recheck_history_ : History
        The same of the re-check. With `n_recheck` only.
    resource_ : str
        The resource that was spent.
    continued_ : bool
        Whether candidates were trained on, or fitted again at each rung.
    best_estimator_ : estimator
        The best candidate, trained on all data. With `refit` only.
    best_score_ : float
        Its mean cross-validated score in the search, also where a re-check chose it:
        the row's ``mean_recheck_score`` is less flattered. Not with a callable `refit`.
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
    cost_ : dict
        What the search has spent: "fits", "worker_seconds" (of fitting and scoring,
        added up), "wall_seconds" (without the refit), and "by_status", a dict of how
        many fits ended "ok", "failed", "timed_out", "out_of_memory" or "worker_died",
        and how many folds were "skipped".
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

    Where rows are few, spend some of what is saved in training on the choice: on
    `n_recheck`, or on five folds rather than three. On three folds of about 1,000 rows
    the winner was a little worse on other rows than that of a random search whose
    candidates were all trained in full; the user guide has the numbers.

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
        **RUNG_CONSTRAINTS,
        **BATCHING_CONSTRAINTS,
        "scheduler": [StrOptions({"auto", "hyperband", "asha", "halving"})],
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
        warm_start_from: Any = (),
        prior: dict[str, Any] | None = None,
        fold_stopping: bool = False,
        cost_aware: bool = False,
        max_time: float | str | None = None,
        max_fits: int | None = None,
        max_cost: float | str | dict[str, float] | None = None,
        fit_timeout: float | str | None = None,
        max_memory: int | None = None,
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
        journal: Any = None,
        executor: Any = None,
        return_oof: bool = False,
        return_estimator: bool = False,
        max_oof_bytes: int = 2**30,
        n_recheck: int | None = None,
        recheck_cv: Any = None,
        reshuffle: bool = False,
        devices: Any = None,
        batch_candidates: Any = False,
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
        self.warm_start_from = warm_start_from
        self.prior = prior
        self.fold_stopping = fold_stopping
        self.cost_aware = cost_aware
        self.max_time = max_time
        self.max_fits = max_fits
        self.max_cost = max_cost
        self.fit_timeout = fit_timeout
        self.max_memory = max_memory
        self.max_checkpoint_bytes = max_checkpoint_bytes
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
        self.batch_candidates = batch_candidates
        self.callbacks = callbacks

    def _make_fidelity(
        self, evaluator: Evaluator | None, y: Any, groups: Any
    ) -> Fidelity:
        return start_on_rungs(self, evaluator, y, groups)
