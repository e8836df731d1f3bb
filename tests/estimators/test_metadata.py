"""What a search costs is told before it, and comes true."""

import copy
import pickle
import random
import time
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedKFold,
    ShuffleSplit,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.validation import check_is_fitted

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.estimators._estimate import Budgets, Timings, Work, _lines, estimate
from sksearch.evaluation import _evaluator

N_ROWS = 24
X = np.column_stack([np.arange(N_ROWS), np.ones(N_ROWS)]).astype(float)
Y = np.arange(N_ROWS) % 2
SPACE = {"pace": (1.0, 3.0), "kind": ["a", "b"]}
SECONDS = ("fit_seconds", "worker_seconds", "wall_seconds", "refit_seconds")


class Clock:
    """Stands in for `time` where fits are timed; only fits move it."""

    now = 1000.0

    def time(self):
        return self.now


CLOCK = Clock()


class Paced(ClassifierMixin, BaseEstimator):
    """Takes `start` seconds, and `pace` seconds for each epoch, on a clock of its own.

    With `fails` it raises for one kind.
    """

    n_fits = 0

    def __init__(self, pace=1.0, kind="a", start=0.0, fails=None, random_state=None):
        self.pace = pace
        self.kind = kind
        self.start = start
        self.fails = fails
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        """Train once."""
        CLOCK.now += self.start
        return self.partial_fit(X, y, sample_weight=sample_weight)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train on."""
        type(self).n_fits += 1
        if self.fails in (self.kind, "always"):
            raise ValueError("this one cannot be trained")
        if sample_weight is not None and not np.array_equal(sample_weight, X[:, 0]):
            raise ValueError("weights of other rows")
        if not hasattr(self, "classes_"):
            CLOCK.now += self.start if classes is not None else 0.0
        self.classes_ = np.unique(y) if classes is None else np.asarray(classes)
        CLOCK.now += self.pace
        self.coef_ = np.random.uniform()
        return self

    def predict(self, X):
        """Return the first class."""
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        """Return what is best at 2."""
        return -((self.pace - 2.0) ** 2)


class Stuck(Paced):
    """Never comes to an end for one kind."""

    def fit(self, X, y):
        """Train, or wait for longer than anybody does."""
        if self.kind == "b":
            time.sleep(60)
        return super().fit(X, y)


def plain(estimator, X, y):
    """Score as the estimator does."""
    return estimator.score(X, y)


def quick(estimator, X, y):
    """Score a second goal."""
    return -estimator.pace


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(_evaluator, "time", types.SimpleNamespace(time=CLOCK.time))


def bayes(estimator=None, space=SPACE, **options):
    return BayesSearchCV(estimator or Paced(), space, **{"n_iter": 7, **options})


def hyperband(estimator=None, space=SPACE, **options):
    options = {"max_resources": 9, "optimizer": "random", **options}
    return HyperbandSearchCV(estimator or Paced(), space, **options)


def multi(estimator=None, space=SPACE, **options):
    scoring = {"plain": plain, "quick": quick}
    options = {"n_iter": 7, "scoring": scoring, **options}
    return MultiObjectiveSearchCV(estimator or Paced(), space, **options)


def multi_on_rungs(estimator=None, space=SPACE, **options):
    options = {"scheduler": "hyperband", "n_iter": None, "max_resources": 9, **options}
    return multi(estimator, space, **options)


MAKERS = [bayes, hyperband, multi, multi_on_rungs]
every_class = pytest.mark.parametrize("make", MAKERS)


# -- counting ------------------------------------------------------------------------


@every_class
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"refit": False},
        {"cv": KFold(4)},
        {"cv": RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)},
        {"space": {"kind": ["a", "b"], "pace": [1.0, 2.0]}},  # fewer than n_iter
        {"param_constraint": lambda params: params["kind"] == "a"},
        {
            "space": {"pace": [1.0, 2.0, 3.0], "kind": ["a", "b"]},
            "param_constraint": lambda params: params["pace"] > 1.0,
        },
    ],
)
def test_what_is_told_comes_true(make, options):
    search = make(random_state=0, **{"cv": 3, **options})
    told, told_of_data = search.metadata(), search.metadata(X, Y)
    search.fit(X, Y)
    assert told == told_of_data == search.metadata_
    assert told["n_fits"] == search.cost_["fits"]
    assert told["n_candidates"] == len(search.history_.trials)
    assert told["refit"] == hasattr(search, "best_estimator_")


@pytest.mark.parametrize("make", [bayes, multi])
@pytest.mark.parametrize("max_fits", [1, 3, 8, 100])
def test_max_fits_caps_what_is_told(make, max_fits):
    search = make(cv=3, random_state=0, max_fits=max_fits)
    told = search.metadata()
    assert told == search.fit(X, Y).metadata_
    assert told["n_fits"] == search.cost_["fits"] == min(max(max_fits, 3), 21)


def test_max_fits_on_rungs():
    search = hyperband(cv=3, random_state=0, max_fits=20)
    assert search.metadata()["n_fits"] == search.fit(X, Y).cost_["fits"] == 20


def test_folds_that_are_spared_are_no_fits():
    search = bayes(cv=3, random_state=0, n_iter=40, fold_stopping=True).fit(X, Y)
    assert search.metadata_["n_fits"] == search.cost_["fits"]
    assert search.metadata_["n_fits"] < search.metadata()["n_fits"]


@every_class
def test_what_only_the_data_tell(make):
    search = make(cv=LeaveOneGroupOut(), random_state=0)
    assert (search.metadata()["n_splits"], search.metadata()["n_fits"]) == (None, None)
    groups = np.arange(N_ROWS) % 5
    told = search.metadata(X, Y, groups=groups)
    assert told["n_splits"] == 5
    assert told == search.fit(X, Y, groups=groups).metadata_


def test_rows_are_known_with_the_data():
    search = HyperbandSearchCV(SVC(), {"C": (0.1, 10.0)}, cv=2, random_state=0)
    assert search.metadata(X, Y) == search.fit(X, Y).metadata_


# -- the search stays as it is -------------------------------------------------------


def state_of(search):
    return pickle.dumps((search.__dict__, np.random.get_state(), random.getstate()))


@every_class
@pytest.mark.parametrize("n_probes", [0, 3])
def test_asking_changes_nothing(make, n_probes, tmp_path, capsys):
    journal = tmp_path / "journal"
    search = make(
        random_state=np.random.RandomState(3),
        cv=ShuffleSplit(3, random_state=np.random.RandomState(4)),
        journal=str(journal),
        verbose=3,
    )
    before = state_of(search)
    first = search.metadata(X, Y, n_probes=n_probes)
    assert state_of(search) == before
    assert not journal.exists()
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == ""
    with pytest.raises(NotFittedError):
        check_is_fitted(search)
    again = clone(search).metadata(X, Y, n_probes=n_probes)
    assert [k for k in again if k not in SECONDS] == [
        k for k in first if k not in SECONDS
    ]


@every_class
def test_a_search_goes_as_if_nobody_had_asked(make):
    results = []
    for n_probes in (None, 0, 4):
        np.random.seed(5)
        search = make(cv=KFold(3, shuffle=True))
        if n_probes is not None:
            search.metadata(X, Y, n_probes=n_probes)
        search.fit(X, Y)
        results.append((search.cv_results_["params"], search.best_estimator_.coef_))
    assert results[0] == results[1] == results[2]


def test_a_fitted_search_may_be_asked_again(clock):
    search = bayes(cv=3, random_state=0).fit(X, Y)
    before = copy.copy(search.__dict__)
    search.metadata(X, Y, n_probes=2)
    assert search.__dict__ == before


def test_a_journal_that_exists_is_left_alone(tmp_path):
    path = tmp_path / "search.jsonl"
    search = hyperband(cv=3, random_state=0, journal=str(path), max_fits=10).fit(X, Y)
    before = path.read_bytes()
    search.metadata(X, Y, n_probes=2)
    assert path.read_bytes() == before


# -- seconds -------------------------------------------------------------------------


@pytest.mark.parametrize("make", [bayes, multi])
def test_seconds_in_full(clock, make):
    """All take the same, so that the middle of each span is exact."""
    estimator = Paced(start=2.0, pace=5.0)
    search = make(estimator, {"kind": list("abcdefgh")}, cv=3, random_state=0)
    told = search.metadata(X, Y, n_probes=4)
    assert told["fit_seconds"] == (7.0, 7.0, 7.0)
    assert told["worker_seconds"].typical == 21 * 7.0
    assert told["wall_seconds"].typical == 21 * 7.0
    assert told["refit_seconds"].typical == pytest.approx(1.5 * 7.0)
    search.fit(X, Y)
    assert search.cost_["worker_seconds"] == pytest.approx(21 * 7.0)


@pytest.mark.parametrize("make", [hyperband, multi_on_rungs])
def test_seconds_on_rungs(clock, make):
    """Segments that go on have no beginning: the estimate counts one, and is above."""
    for start, exact in ((0.0, True), (2.0, False)):
        estimator = Paced(start=start, pace=5.0)
        space = {"kind": [f"{i}" for i in range(99)]}
        search = make(estimator, space, cv=3, random_state=0, refit=False)
        told = search.metadata(X, Y, n_probes=4)
        worker = search.fit(X, Y).cost_["worker_seconds"]
        assert told["fit_seconds"].typical == pytest.approx(start + 9 * 5.0)
        if exact:
            assert told["worker_seconds"].typical == pytest.approx(worker)
        else:
            low, typical, high = told["worker_seconds"]
            assert low <= worker <= typical <= high
        assert told["refit_seconds"] == (0.0, 0.0, 0.0)


@every_class
def test_the_span_holds_what_happens(clock, make):
    search = make(cv=3, random_state=0)
    low, typical, high = search.metadata(X, Y, n_probes=6)["worker_seconds"]
    assert low < typical < high
    assert low < search.fit(X, Y).cost_["worker_seconds"] < high


def test_a_sleeper_takes_at_least_its_sleep():
    class Sleeper(Paced):
        def fit(self, X, y):
            """Sleep, on the clock of the world."""
            time.sleep(0.01)
            return super().fit(X, y)

    told = bayes(Sleeper(), cv=3, random_state=0).metadata(X, Y, n_probes=3)
    assert told["fit_seconds"].low >= 0.01
    assert told["worker_seconds"].typical >= 21 * 0.01
    assert told["refit_seconds"].typical >= 0.01


@every_class
def test_as_many_fits_as_were_asked_for(make):
    search = make(cv=3, random_state=0)
    Paced.n_fits = 0
    told = search.metadata(X, Y, n_probes=5)
    n_epochs = 1 if make in (bayes, multi) else 1 + 3  # on the lowest and middle rungs
    assert Paced.n_fits == 5 * n_epochs + 1  # one that warms up
    assert (told["n_probes"], told["n_failed_probes"]) == (5, 0)


def test_a_small_space_is_probed_on_further_folds():
    search = bayes(space={"kind": ["a", "b"]}, cv=3, random_state=0)
    assert search.metadata(X, Y, n_probes=5)["n_probes"] == 5
    assert search.metadata(X, Y, n_probes=50)["n_probes"] == 6


def test_probes_begin_with_the_estimators_own(clock):
    seen = []

    class Seen(Paced):
        def fit(self, X, y):
            """Note what is fitted."""
            seen.append((self.pace, self.kind))
            return super().fit(X, y)

    bayes(Seen(1.5, "b"), cv=3, random_state=0).metadata(X, Y, n_probes=8)
    assert seen[:2] == [(1.5, "b")] * 2  # the warm-up, and the first probe
    paces = np.sort([pace for pace, _ in seen[2:]])
    assert paces[0] < 1.5 < 2.5 < paces[-1]  # spread over 1 to 3


def test_workers_share_the_time(clock):
    search = bayes(cv=3, random_state=0, n_jobs=2)
    alone = clone(search).set_params(n_jobs=1).metadata(X, Y, n_probes=3)
    assert alone["wall_seconds"] == alone["worker_seconds"]
    with parallel_config(backend="threading"):  # so that the fits move this clock
        both = search.metadata(X, Y, n_probes=3)
    assert both["wall_seconds"] == pytest.approx(np.array(both["worker_seconds"]) / 2)


def test_processes_tell_their_times():
    search = bayes(DecisionTreeClassifier(), {"max_depth": range(1, 9)}, n_jobs=2)
    told = search.metadata(X, Y, n_probes=4)
    assert (told["n_probes"], told["n_failed_probes"]) == (4, 0)
    assert 0.0 < told["wall_seconds"].low < told["wall_seconds"].high


# -- probes that fail ----------------------------------------------------------------


@every_class
@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_failed_probes_are_counted(clock, make, error_score):
    search = make(Paced(fails="b"), cv=3, random_state=0, error_score=error_score)
    told = search.metadata(X, Y, n_probes=8)
    assert told["n_probes"] == 8
    assert 0 < told["n_failed_probes"] < 8
    assert told["fit_seconds"].low >= 1.0


@every_class
def test_all_probes_failing_is_an_error(make):
    search = make(Paced(fails="always"), cv=3, random_state=0)
    with pytest.raises(
        ValueError, match=r"All 3 probing fits failed.*cannot be trained"
    ):
        search.metadata(X, Y, n_probes=3)
    assert search.metadata(X, Y)["n_fits"] > 0


def test_what_takes_too_long_is_paid_for(tmp_path):
    """Of three kinds one never ends: its fits cost the limit."""
    search = bayes(
        Stuck(), {"kind": ["a", "b", "c"]}, cv=2, fit_timeout=0.5, random_state=0
    )
    told = search.metadata(X, Y, n_probes=3)
    assert (told["n_probes"], told["n_failed_probes"]) == (3, 1)
    assert told["fit_seconds"].high == 0.5
    assert told["worker_seconds"].typical >= 6 * 0.5 / 3


# -- the arithmetic ------------------------------------------------------------------

seconds = st.floats(1e-3, 1e3)
times = st.lists(st.tuples(seconds, seconds), min_size=1, max_size=6)
works = st.builds(
    Work,
    steps=st.lists(
        st.tuples(st.integers(1, 30), st.integers(1, 81)), min_size=1, max_size=5
    ),
    n_splits=st.integers(1, 5),
    n_fits=st.integers(1, 300),
    n_busy=st.integers(1, 8),
    resource=st.just(81),
    refit_rows=st.sampled_from([0.0, 1.0, 1.5]),
)
limits = st.one_of(st.just(np.inf), seconds)
budgets = st.builds(Budgets, time=limits, cost=limits, fit=limits)


def timings_of(pairs):
    table = np.array(pairs)
    return Timings((3, 9), table, table)


@settings(deadline=None)
@given(times, works, budgets)
def test_spans_are_spans(pairs, work, budgets):
    for span in estimate(timings_of(pairs), work, budgets).values():
        assert 0.0 <= span.low <= span.typical * (1 + 1e-9)
        assert span.typical <= span.high * (1 + 1e-9)


@settings(deadline=None)
@given(times, works, budgets)
def test_a_budget_never_raises_what_is_told(pairs, work, budgets):
    free = estimate(timings_of(pairs), work, Budgets())
    capped = estimate(timings_of(pairs), work, budgets)
    for name in SECONDS:
        assert np.all(np.array(capped[name]) <= np.array(free[name]) * (1 + 1e-9))


@settings(deadline=None)
@given(times, works)
def test_budgets_hold_once_a_candidate_is_complete(pairs, work):
    timings = timings_of(pairs)
    one = work.n_splits * 1.5 * np.max(_lines(timings.resources, timings.seconds)(81))
    for most in (1e-3, 1.0, 1e3):
        told = estimate(timings, work, Budgets(cost=most))
        assert told["worker_seconds"].high <= max(most, one) * (1 + 1e-9)
        told = estimate(timings, work, Budgets(time=most))
        assert told["wall_seconds"].high <= max(most, one) * (1 + 1e-9)


def test_two_resources_make_a_line():
    work = Work([(9, 1), (3, 2), (1, 6)], 2, 26, 1, 9, 0.0)
    timings = Timings((1, 3), np.array([[3.0, 7.0]]), np.array([[3.0, 7.0]]))
    told = estimate(timings, work, Budgets())  # 1 + 2 * amount
    assert told["fit_seconds"].typical == 19.0
    assert told["worker_seconds"].typical == 2 * (9 * 3.0 + 3 * 5.0 + 13.0)
    assert told["worker_seconds"].high == 1.5 * told["worker_seconds"].typical
    cut = estimate(timings, Work(work.steps, 2, 19, 1, 9, 0.0), Budgets())
    assert cut["worker_seconds"].typical == 18 * 3.0 + 5.0
    timed = estimate(timings, work, Budgets(fit=4.0))
    assert timed["worker_seconds"].typical == 2 * (9 * 3.0 + 3 * 4.0 + 4.0)


def test_a_refit_may_be_cut_by_a_learning_curve():
    table = np.array([[3.0, 9.0]])  # a second for each member
    told = [
        estimate(
            Timings((3, 9), table, table),
            Work([(9, 3)], 2, 18, 1, 9, 1.0, refit_from),
            Budgets(),
        )["refit_seconds"]
        for refit_from in (None, 3)
    ]
    assert [span.low for span in told] == pytest.approx([9.0 / 1.5, 3.0 / 1.5])
    assert told[0][1:] == told[1][1:]


# -- composition, and what is refused ------------------------------------------------


@every_class
def test_metadata_are_routed(make):
    weights, groups = X[:, 0], np.arange(N_ROWS) % 4
    with config_context(enable_metadata_routing=True):
        estimator = Paced().set_fit_request(sample_weight=True)
        if hasattr(estimator, "set_partial_fit_request"):
            estimator.set_partial_fit_request(sample_weight=True)
        search = make(estimator, cv=GroupKFold(4), random_state=0)
        given = {"groups": groups, "sample_weight": weights}
        told = search.metadata(X, Y, n_probes=4, **given)
        assert (told["n_splits"], told["n_failed_probes"]) == (4, 0)
        with pytest.raises(ValueError, match="weights of other rows"):
            search.metadata(X, Y, n_probes=2, groups=groups, sample_weight=X[::-1, 0])
        with pytest.raises(TypeError, match="unexpected argument"):
            search.metadata(X, Y, n_probes=2, **given, nobody_asked=weights)


@every_class
def test_groups_need_no_routing(make):
    search = make(cv=GroupKFold(4), random_state=0)
    told = search.metadata(X, Y, n_probes=4, groups=np.arange(N_ROWS) % 4)
    assert (told["n_splits"], told["n_failed_probes"]) == (4, 0)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"n_probes": 3}, ValueError, "n_probes=3 needs data"),
        ({"X": X, "y": Y, "n_probes": -1}, ValueError, "n_probes=-1 is below 0"),
        ({"X": X, "y": Y, "n_probes": 2.0}, TypeError, "n_probes=2.0 is no integer"),
        ({"X": X, "y": Y, "n_probes": True}, TypeError, "n_probes=True is no integer"),
        ({"y": Y}, ValueError, "y without X"),
        ({"groups": Y}, ValueError, "groups without X"),
        ({"X": X, "y": Y[:3]}, ValueError, "inconsistent numbers of samples"),
    ],
)
def test_wrong_arguments(given, error, message):
    with pytest.raises(error, match=message):
        bayes(cv=3).metadata(**given)


@every_class
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_iter": 0}, InvalidParameterError, "n_iter"),
        ({"max_time": "soon"}, ValueError, "max_time='soon'"),
        ({"space": {"paec": (1.0, 2.0)}}, ValueError, "did you mean"),
    ],
)
def test_a_wrong_search_is_refused_with_and_without_data(make, options, error, message):
    search = make(cv=3, **options)
    for data in ((), (X, Y)):
        with pytest.raises(error, match=message):
            search.metadata(*data)


def test_a_cv_that_can_be_read_once_is_not_used_up():
    search = bayes(cv=KFold(3).split(X), random_state=0)
    assert search.metadata()["n_splits"] is None
    with pytest.raises(ValueError, match=r"Pass list\(cv\)"):
        search.metadata(X, Y)
    assert search.fit(X, Y).n_splits_ == 3
    assert bayes(cv=list(KFold(3).split(X))).metadata()["n_splits"] == 3
