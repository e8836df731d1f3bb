"""Tuning again on new data, and whether that is worth a change."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.utils import check_random_state, indexable

from sksearch.estimators._challenger import (
    challenging_search,
    on_all_rows,
    run_challenger,
    score_of_challenger,
)
from sksearch.estimators._champion import (
    champion_of,
    check_champion,
    fitted_champion,
    score_of_champion,
)
from sksearch.estimators._load import SearchMetadata
from sksearch.estimators._paired_gain import expanded_interval
from sksearch.estimators._retune_checks import (
    check_arguments,
    check_repeatable,
    check_search,
    warn_of_few,
    warn_of_old_rows,
)
from sksearch.estimators._retune_rows import parts_of
from sksearch.estimators._retune_scores import gains_of, scorer_of
from sksearch.estimators._retuned import Retuned

__all__ = ["retune"]


def retune(
    search: Any,
    X_new: Any,
    y_new: Any = None,
    *,
    champion: Any = None,
    test_size: float | int = 0.25,
    shuffle: bool = True,
    groups: Any = None,
    eval_set: tuple[Any, ...] | None = None,
    scoring: Any = None,
    min_gain: float = 0.0,
    level: float = 0.95,
    n_bootstraps: int = 1000,
    refit_on_all: bool = False,
    warm_start_from: Sequence[Any] | None = None,
    journal: str | os.PathLike[str] | None = None,
    n_jobs: int | None = None,
    random_state: Any = None,
    params: Mapping[str, Any] | None = None,
) -> Retuned:
    """Search again on new data, and compare what is found with what is in production.

    A part of the new rows is held out. A new search, which begins from the earlier one,
    runs on the others; its best model, the challenger, is compared with the champion on
    the rows that neither has seen. The champion is asked first, so that a model that
    cannot predict the new rows is an error in seconds and not after a night.

    Parameters
    ----------
    search : BayesSearchCV, HyperbandSearchCV, PopulationSearchCV or \
MultiObjectiveSearchCV
        Fitted; it stays as it is, and a clone of it runs. Unfitted with a `champion`.
    X_new : array-like of shape (n_samples, n_features)
        New data, with the columns of the old ones.
    y_new : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target.
    champion : estimator, search or SearchMetadata, default=None
        The fitted model in production; None is the `best_estimator_` of `search`. What
        `sksearch.load_metadata` returns is built and fitted on the rows of the new
        search: whether *tuning* again pays is compared then, not training again.
    test_size : float or int, default=0.25
        The share, or the number, of rows that are held out.
    shuffle : bool, default=True
        Whether they are drawn, for classifiers the same share of each class; with
        `groups` of 32 draws of groups the one whose classes are the most usual. False
        holds out the last rows, for data in the order of time.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group are on one side, also in the splits of the search, and are
        drawn together for the interval.
    eval_set : tuple (X, y) or (X, y, groups), default=None
        Other rows to compare on; the search then has all new rows.
    scoring : str or callable, default=None
        By what is compared: the name of a score of the search, or what scikit-learn
        takes; None is the score by which the search chooses.
    min_gain : float, default=0.0
        What the gain has to be above, in units of the score. Below 0 a challenger is
        promoted that is not much worse.
    level : float, default=0.95
        The confidence of the interval.
    n_bootstraps : int, default=1000
        How many draws it is made of.
    refit_on_all : bool, default=False
        Whether a promoted challenger is fitted again, on the held-out rows too. That is
        a better model as a rule, and one that nobody has scored.
    warm_start_from : list, default=None
        Where the new search begins, as of the searches; None is `search`, or if that is
        not fitted what it has itself.
    journal : str or path-like, default=None
        Of the new search: after a kill, the same call goes on.
    n_jobs : int, default=None
        Of the new search; None leaves that of `search`.
    random_state : int, RandomState instance or None, default=None
        Decides which rows are held out and drawn, and what the new search does; None is
        that of `search`.
    params : dict, default=None
        Handed to `fit`, those of the length of X_new split like it, and routed to the
        scorer where metadata routing is on.

    Returns
    -------
    retuned : Retuned
        With the verdict, the numbers, both models and the new search; print it.

    Raises
    ------
    NotFittedError
        If there is no champion, or it is not fitted.
    TypeError
        If `search` is no search of this package.
    ValueError
        If an argument is not usable, if the rows cannot be split, or if the champion
        has other columns or classes, or no score on the held-out rows.
    ChallengerError
        If the new search failed, or its model has no score. The champion is as it was.
    HistoryMismatchError, JournalError, JournalLockedError
        As of the journal.

    See Also
    --------
    sksearch.monitoring.ScoreMonitor : Says when it is time for this.

    Notes
    -----
    The rule: promote if the lower end of the interval of the gain is above `min_gain`,
    else keep. The gain is the score of the challenger less that of the champion, on the
    same rows, drawn together with replacement; the interval has the percentiles of the
    gains, expanded for the number of rows [1]_. It says where the gain of *these two
    models* lies on rows like the held-out ones: not how another search would end, nor
    what comes if the data change again. Of two equally good models the challenger is
    promoted in about (1 - `level`) / 2 of all cases: simulated at 0.95, in 0 to 2.6 %
    where rows are right or wrong (10 to 500 of them), and in 5.2 % of 50 rows and 4.3 %
    of 100 where gains have a long tail of losses. A champion that was trained on
    held-out rows has an advantage that is not known here.

    Rows that follow each other in time are alike; with ``shuffle=False`` pass days or
    weeks as `groups`, or the interval is too narrow.

    References
    ----------
    .. [1] T. Hesterberg, "What teachers should know about the bootstrap: resampling in
       the undergraduate statistics curriculum", The American Statistician 69, 2015.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sksearch import BayesSearchCV, retune
    >>> X, y = make_classification(800, random_state=0)
    >>> search = BayesSearchCV(
    ...     LogisticRegression(), {"C": (1e-3, 1e2, "log-uniform")}, n_iter=5,
    ...     random_state=0,
    ... ).fit(X[:400], y[:400])
    >>> X_new, y_new = -X[400:], y[400:]  # a sensor was turned round
    >>> retuned = retune(search, X_new, y_new)
    >>> retuned.verdict, retuned.n_rows
    ('promote', 100)
    >>> retuned.champion_score < 0.5 < retuned.challenger_score
    True
    >>> retuned.model is retuned.challenger
    True
    """
    check_arguments(min_gain, level, n_bootstraps, refit_on_all, eval_set)
    check_search(search, y_new, groups)
    state = search.random_state if random_state is None else random_state
    check_repeatable(state, journal, draws_rows=shuffle and eval_set is None)
    seed = int(check_random_state(state).randint(2**31 - 1))
    data = X, y, _ = tuple(indexable(X_new, y_new, groups))
    params = dict(params or {})

    new = challenging_search(search, warm_start_from, journal, n_jobs, random_state)
    scorer, name = scorer_of(search, scoring)
    model = champion_of(search, champion)
    how = {"test_size": test_size, "shuffle": shuffle, "seed": seed}
    parts = parts_of(new, data, eval_set, scorer, params, how)
    model = fitted_champion(model, parts.X, parts.y, parts.fit_params)
    check_champion(model, new, scorer, X, y)
    draws = parts.draws(n_bootstraps, seed)
    warn_of_few(draws.n_units, "groups" if parts.has_groups else "rows")
    warn_of_old_rows(search, X)
    held_out = parts.judged_by(scorer, name, new, model)

    before = score_of_champion(held_out, draws, model)
    run_challenger(new, parts.X, parts.y, parts.fit_params)
    after = score_of_challenger(held_out, draws, new)
    gains = gains_of(before, after)
    interval = expanded_interval(gains, level, draws.n_units)
    is_better = interval[0] > min_gain
    return Retuned(
        verdict="promote" if is_better else "keep",
        champion=model,
        challenger=new.best_estimator_,
        search=on_all_rows(new, data, params) if is_better and refit_on_all else new,
        source=_source(search, champion),
        champion_score=before.score,
        challenger_score=after.score,
        interval=interval,
        gains=gains,
        level=float(level),
        min_gain=float(min_gain),
        score=name,
        held_out=parts.held_out,
        n_rows=held_out.n_rows,
        unit="groups" if parts.has_groups else "rows",
        n_units=draws.n_units,
        refitted_on_all=is_better and refit_on_all,
    )


def _source(search: Any, champion: Any) -> Any:
    """Return what can write how the champion was found."""
    is_own = champion is None or champion is getattr(search, "best_estimator_", None)
    given = search if is_own else champion
    is_known = isinstance(given, SearchMetadata) or hasattr(given, "export_metadata")
    return given if is_known else None
