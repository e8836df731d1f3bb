"""What a user knows beforehand: where to begin, and when to end."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch._cost import cost_of, expected_refit
from sksearch._durations import seconds_of
from sksearch.callbacks import Callback, CostLimit, TimeLimit
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.optimizers import Random
from sksearch.space import SearchSpace

X, Y = load_iris(return_X_y=True)
SPACE = {"C": loguniform(1e-2, 1e3), "kernel": ["rbf", "linear"]}
FIRST = [{"C": 0.5, "kernel": "linear"}, {"C": np.float64(7.0), "kernel": "rbf"}]


def search(estimator=None, space=SPACE, **options):
    options = {"n_iter": 6, "cv": 3, "random_state": 0, **options}
    return BayesSearchCV(SVC() if estimator is None else estimator, space, **options)


@pytest.mark.parametrize("optimizer", ["gp", "tpe", "sobol", "random"])
def test_initial_parameters_are_evaluated_first(optimizer):
    fitted = search(optimizer=optimizer, initial_params=FIRST).fit(X, Y)
    params = fitted.cv_results_["params"]
    assert params[:2] == FIRST
    assert type(params[1]["C"]) is float
    assert len(params) == 6


def test_the_estimators_own_parameters_come_next_and_none_twice():
    own = {"C": 1.0, "kernel": "rbf"}
    fitted = search(initial_params=[*FIRST, FIRST[0]]).fit(X, Y)
    assert fitted.cv_results_["params"][:3] == [*FIRST, own]
    fitted = search(initial_params=[FIRST[0], own, FIRST[1]]).fit(X, Y)
    assert fitted.cv_results_["params"][:3] == [FIRST[0], own, FIRST[1]]
    assert fitted.cv_results_["params"].count(own) == 1


def test_they_count_in_n_iter():
    with pytest.warns(UserWarning, match="only the first 1 of them"):
        fitted = search(initial_params=FIRST, n_iter=1).fit(X, Y)
    assert fitted.cv_results_["params"] == FIRST[:1]


def test_a_grid_begins_with_them_and_is_complete():
    space = {"C": [0.1, 1, 10], "kernel": ["rbf", "linear"]}
    first = {"C": 10, "kernel": "linear"}
    fitted = search(space=space, initial_params=[first]).fit(X, Y)
    params = fitted.cv_results_["params"]
    assert params[0] == first
    assert len(params) == 6
    assert [p for p in params[1:] if p == first] == []


def test_they_are_points_of_a_branch():
    space = [{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": loguniform(0.1, 1)}]
    first = [{"gamma": 0.5, "kernel": "rbf"}, {"kernel": "linear"}]
    fitted = search(space=space, initial_params=first).fit(X, Y)
    assert fitted.cv_results_["params"][:2] == first


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"C": 1.0}, r"initial_params\[1\]: \['kernel'\] is missing"),
        ({"C": 1.0, "kernel": "rbf", "gama": 1}, r"\['gama'\] is not searched"),
        ({"C": 1e9, "kernel": "rbf"}, r"C=1000000000.0 is not a value of Real"),
        ({"C": 1.0, "kernel": "poly"}, r"kernel='poly' is not a value of Categorical"),
    ],
)
def test_what_is_no_point_of_the_space_is_refused(params, match):
    with pytest.raises(ValueError, match=match):
        search(initial_params=[FIRST[0], params]).fit(X, Y)


def test_what_is_no_dict_or_is_constrained_is_refused():
    with pytest.raises(TypeError, match="is no dict"):
        search(initial_params=["C"]).fit(X, Y)
    with pytest.raises(ValueError, match="param_constraint rejects"):
        search(initial_params=FIRST, param_constraint=lambda p: p["C"] < 1).fit(X, Y)
    with pytest.raises(ValueError, match="initial_params"):
        search(initial_params={"C": 1.0}).fit(X, Y)


def test_a_written_point_has_the_values_of_the_space():
    space = SearchSpace({"n": (1, 9), "c": [1, "a", None]})
    assert space.point({"c": None, "n": np.int64(3)}) == {"n": 3, "c": None}
    assert type(space.point({"c": 1.0, "n": np.int64(3)})["n"]) is int


class Slow(ClassifierMixin, BaseEstimator):
    """Takes its time."""

    def __init__(self, a=0):
        self.a = a

    def fit(self, X, y):
        time.sleep(0.02)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_ends_when_its_time_is_over(n_jobs):
    slow = search(Slow(), {"a": (0, 10**6)}, n_iter=5000, optimizer="random")
    fitted = slow.set_params(max_time=0.5, n_jobs=n_jobs).fit(X, Y)
    assert 1 <= len(fitted.history_.observed()) < 1000
    assert np.isfinite(fitted.best_score_)
    assert set(fitted.cv_results_["status"]) <= {"complete", "stopped"}


def test_one_candidate_is_always_finished():
    fitted = search(Slow(), {"a": (0, 10**6)}, max_time=1e-9).fit(X, Y)
    assert len(fitted.history_.observed()) == 1


@pytest.mark.parametrize("wrong", [0, -1.0, "1 hour or so", float("nan"), "0s", ""])
@pytest.mark.parametrize("name", ["max_time", "max_cost"])
def test_what_is_no_time_is_refused(name, wrong):
    with pytest.raises(ValueError, match=name):
        search(**{name: wrong}).fit(X, Y)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "10"])
def test_what_is_no_number_of_fits_is_refused(wrong):
    with pytest.raises(ValueError, match="max_fits"):
        search(max_fits=wrong).fit(X, Y)


@pytest.mark.parametrize("kind", [BayesSearchCV, MultiObjectiveSearchCV])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_ends_after_so_many_fits(kind, n_jobs):
    scoring = {"a": "accuracy", "b": "f1_macro"}
    options = {"scoring": scoring, "refit": False, "cv": 3, "random_state": 0}
    fitted, whole = (
        kind(SVC(), SPACE, n_iter=6, max_fits=n_fits, n_jobs=n_jobs, **options)
        for n_fits in (10, None)
    )
    records = fitted.fit(X, Y).history_.records
    # In sequence it is the beginning of the log of the whole search.
    assert fitted.cost_["fits"] == 10
    assert outline(records) == outline(whole.fit(X, Y).history_.records)[: len(records)]
    assert list(fitted.cv_results_["status"]) == ["complete"] * 3 + ["stopped"]


def outline(records):
    return [
        (r.trial_id, r.fold, dict(r.scores)) if isinstance(r, Evaluation) else r.params
        for r in records
    ]


def test_a_search_on_rungs_ends_after_so_many_fits():
    fitted = HyperbandSearchCV(
        SVC(), SPACE, resource="n_samples", cv=3, max_fits=12, random_state=0
    ).fit(X, Y)
    assert fitted.cost_["fits"] == 12
    assert np.isfinite(fitted.best_score_)


def test_fewer_fits_than_folds_are_one_candidate():
    assert search(max_fits=1).fit(X, Y).cost_["fits"] == 3


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_ends_when_its_workers_time_is_spent(n_jobs):
    slow = search(Slow(), {"a": (0, 10**6)}, n_iter=5000, optimizer="random")
    fitted = slow.set_params(max_cost="0.3s", n_jobs=n_jobs).fit(X, Y)
    results = [r for r in fitted.history_.records if isinstance(r, Evaluation)]
    seconds = [r.fit_time + r.score_time for r in results]
    assert sum(seconds) >= 0.3 > sum(seconds[:-1])
    assert fitted.cost_["worker_seconds"] == pytest.approx(sum(seconds))


def test_a_search_says_what_it_has_cost():
    begin = time.time()
    fitted = search(n_iter=3).fit(X, Y)
    took = time.time() - begin
    names = {"fits", "worker_seconds", "by_device", "wall_seconds", "by_status"}
    assert set(fitted.cost_) == names
    assert fitted.cost_["by_device"] == {"cpu": fitted.cost_["worker_seconds"]}
    assert fitted.cost_["by_status"] == {"ok": 9}
    assert 0.0 < fitted.cost_["worker_seconds"] <= fitted.cost_["wall_seconds"] <= took


class OnDevice(Slow):
    """Has a parameter that says where it is fitted, as nets and boosters have."""

    def __init__(self, a=0, device="cpu"):
        super().__init__(a)
        self.device = device


@pytest.mark.parametrize(
    ("max_cost", "ended_by"),
    [
        ({"gpu_hours": 0.1 / 3600}, "cuda:1"),
        ({"cpu_hours": 0.1 / 3600}, "cpu"),
        ({"cpu_hours": 0.1 / 3600, "gpu_hours": 9.0}, "cpu"),
    ],
)
def test_hours_are_counted_by_kind_of_device(max_cost, ended_by):
    space = {"a": (0, 10**6), "device": ["cpu", "cuda:1"]}
    slow = search(OnDevice(), space, n_iter=5000, optimizer="random")
    fitted = slow.set_params(max_cost=max_cost, refit=False).fit(X, Y)
    last = fitted.history_.records[-1]
    assert (last.device or "cpu") == ended_by
    by_device = fitted.cost_["by_device"]
    assert (
        by_device[ended_by]
        >= 0.1
        > by_device[ended_by] - last.fit_time - last.score_time
    )
    assert sum(by_device.values()) == pytest.approx(fitted.cost_["worker_seconds"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "'cpu_hours', 'gpu_hours' or both"),
        ({"tpu_hours": 1}, "'cpu_hours', 'gpu_hours' or both"),
        ({"gpu_hours": 0}, r"max_cost\['gpu_hours'\]=0"),
        ({"cpu_hours": "2h"}, r"max_cost\['cpu_hours'\]='2h'"),
    ],
)
def test_kinds_of_cost_that_are_none(wrong, message):
    with pytest.raises(ValueError, match=message):
        search(max_cost=wrong).fit(X, Y)


@pytest.mark.parametrize("budget", [{"max_fits": 7}, {"max_cost": 1e-6}])
@pytest.mark.parametrize("n_iter", [6, 9])
def test_a_spent_budget_is_spent_after_a_restart(budget, n_iter, tmp_path):
    journal = str(tmp_path / "search.jsonl")
    before = search(journal=journal, **budget).fit(X, Y)
    again = search(journal=journal, n_iter=n_iter, **budget).fit(X, Y)
    assert again.history_.records == before.history_.records
    assert again.best_params_ == before.best_params_


def test_a_callback_may_end_a_search_at_its_begin(tmp_path):
    class Satisfied(Callback):
        def on_search_begin(self, history):
            return len(history.observed()) >= 2

    journal = str(tmp_path / "search.jsonl")
    first = search(n_iter=2, journal=journal, callbacks=[Satisfied()]).fit(X, Y)
    assert len(first.history_.trials) == 2
    again = search(n_iter=6, journal=journal, callbacks=[Satisfied()]).fit(X, Y)
    assert len(again.history_.trials) == 2


def test_the_refit_is_kept_back_where_it_counts():
    history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=2)
    now = [0.0]
    patient, careful = (
        TimeLimit(10.0, clock=lambda: now[0], with_refit=with_refit)
        for with_refit in (False, True)
    )
    paying = CostLimit(16.0, with_refit=True)
    for limit in (patient, careful, paying):
        limit.on_search_begin(history)
    history.record(Trial(0, {"C": 1.0}))
    for fold in (0, 1):  # 3 seconds for half of the rows: 6 for all
        result = Evaluation(0, 1, fold, {"score": 1.0}, fit_time=3.0, score_time=2.0)
        history.record(result)
        now[0] += 2.0
        told = [limit.on_evaluation(history, result) for limit in (patient, careful)]
        paid = paying.on_evaluation(history, result)
    assert told == [False, True]  # 4 + 6 of 10 seconds
    assert paid  # 10 + 6 of 16


def test_the_refit_of_whoever_was_trained_on_takes_all_its_rungs():
    """The seconds of a rung are those of going on; the refit begins anew."""
    history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=1)
    history.record(Trial(0, {"C": 1.0}))
    history.record(Evaluation(0, 1, 0, {"score": 1.0}, fit_time=1.0))
    history.record(Task(0, 3))
    history.record(Evaluation(0, 3, 0, {"score": 1.0}, fit_time=2.0))
    assert expected_refit(history) == 3.0
    history.record(Trial(1, {"C": 2.0}, resource=9, parent=0))
    history.record(Evaluation(1, 9, 0, {"score": 2.0}, fit_time=6.0))
    assert expected_refit(history) == 9.0


def test_also_when_every_fit_has_failed():
    failing = search(SVC(degree="three"), n_iter=3)
    with pytest.raises(ValueError, match="9 fits failed"):
        failing.fit(X, Y)
    assert failing.cost_["by_status"] == {"failed": 9}


def test_folds_that_were_skipped_are_no_fits():
    history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=3)
    history.record(Trial(0, {"C": 1.0}))
    history.record(Evaluation(0, 1, 0, {"score": 1.0}, fit_time=1.0, score_time=0.5))
    history.record(Evaluation(0, 1, 1, status="timed_out", fit_time=2.0))
    history.record(Evaluation(0, 1, 2, status="skipped"))
    assert cost_of(history, 5.0) == {
        "fits": 2, "worker_seconds": 3.5, "wall_seconds": 5.0,
        "by_device": {"cpu": 3.5},
        "by_status": {"ok": 1, "timed_out": 1, "skipped": 1},
    }  # fmt: skip


@given(
    parts=st.lists(
        st.tuples(
            st.integers(1, 999), st.sampled_from(["s", "min", "h", "d"]), st.booleans()
        ),
        min_size=1,
    )
)
def test_durations_are_sums_of_their_parts(parts):
    units = {"s": 1, "min": 60, "h": 3600, "d": 86400}
    text = "".join(f"{n}{' ' * gap}{unit}{' ' * gap}" for n, unit, gap in parts)
    assert seconds_of(text) == sum(n * units[unit] for n, unit, _ in parts)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90.0), ("1.5h", 5400.0), (".5 min", 30.0), ("2 Days", 172800.0)],
)
def test_durations_as_people_write_them(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "2", "2 parsecs", "2h and more", "-2h", "h2"]
)
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match=r"some_name.*90min"):
        seconds_of(text, "some_name")


@pytest.mark.parametrize("wrong", [None, True, [2]])
def test_durations_are_numbers_or_texts(wrong):
    with pytest.raises(TypeError, match="some_name"):
        seconds_of(wrong, "some_name")


def test_the_limit_waits_for_a_complete_trial():
    now = [0.0]
    history = History(SearchSpace({"C": (0.1, 10.0)}), seed=0, n_splits=2)
    limit = TimeLimit(5.0, clock=lambda: now[0])
    limit.on_search_begin(history)
    assert not limit.on_evaluation(history, None)
    now[0] = 6.0
    assert not limit.on_evaluation(history, None)


class Sized(Slow):
    """Takes as long as it is large."""

    def __init__(self, size=1):
        self.size = size

    def fit(self, X, y):
        time.sleep(0.0005 * self.size)
        self.classes_ = np.unique(y)
        return self


def test_a_cost_aware_search_spends_less_time():
    spent = []
    for cost_aware in (False, True):
        sized = search(
            Sized(), {"size": loguniform(1, 100)}, n_iter=30, cost_aware=cost_aware
        )
        # The larger the better, so that an unaware search stays where it is slow.
        sized.set_params(scoring=lambda estimator, X, y: np.log(estimator.size))
        spent.append(sized.fit(X, Y).cv_results_["mean_fit_time"].sum())
    assert spent[1] < spent[0]


@pytest.mark.parametrize("optimizer", ["tpe", "random", Random()])
def test_optimizers_that_know_no_costs_are_refused(optimizer):
    with pytest.raises(ValueError, match=r"cost_aware=True needs an optimizer of"):
        search(cost_aware=True, optimizer=optimizer).fit(X, Y)
