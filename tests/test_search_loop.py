"""Laws of the loop: the log is a function of the seed, and of nothing else."""

import collections
import dataclasses
import itertools
import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sksearch.optimizers
import sksearch.schedulers
from sksearch._interrupt import Interrupt
from sksearch._search_loop import Search, run_search
from sksearch.callbacks import Callback
from sksearch.evaluation import SerialExecutor
from sksearch.history import Evaluation, History
from sksearch.optimizers import EHVI, NSGA2, Bayesian, Grid, ParEGO, Random
from sksearch.schedulers import (
    ASHA,
    Bandit,
    FoldRacing,
    FullEvaluation,
    Hyperband,
    Population,
    bracket_plan,
)
from sksearch.space import SearchSpace

SPACE = {"x": (0.0, 1.0), "k": ["a", "b", "c"], "n": (1, 50)}
FINITE = {"x": [0.1, 0.3, 0.5], "k": ["a", "b"], "n": [1, 7, 9]}
OPTIMIZERS = [
    getattr(sksearch.optimizers, name)
    for name in sksearch.optimizers.__all__
    if name not in ("Optimizer", "Proposal", "Source")
]
ONE_GOAL = [each for each in OPTIMIZERS if each not in (EHVI, ParEGO)]
RUNGS = (1, 3, 9)
SCHEDULERS = {
    FullEvaluation: FullEvaluation,
    Hyperband: lambda n_trials: Hyperband(bracket_plan(RUNGS, 3, n_trials)),
    ASHA: lambda n_trials: ASHA(RUNGS, 3, n_trials),
    Population: lambda n_trials: Population(RUNGS, n_trials // 3),
}
RACINGS = [None, FoldRacing(risk=0.3)]  # bold, that short searches stop somebody


def evaluate(fit):
    """A deterministic score, a failure now and then."""
    params = fit.trial.params
    score = -((params["x"] - 0.3) ** 2) + 0.01 * fit.fold + (params["k"] == "b")
    score -= 0.1 * params["n"] / fit.resource
    failed = params["n"] % 7 == 0
    return Evaluation(
        *fit.key,
        scores={"score": float("nan") if failed else score},
        fit_time=0.0,
        score_time=0.0,
        status="failed" if failed else "ok",
    )


def evaluate_twice(fit):
    """Two scores that contradict each other."""
    found = evaluate(fit)
    cheap = -float(fit.trial.params["n"])
    return dataclasses.replace(found, scores={**found.scores, "cheap": cheap})


class VirtualExecutor:
    """Runs fits on many slots in virtual time; durations as a test wants them."""

    def __init__(self, n_slots, durations):
        self.n_slots = n_slots
        self.durations = itertools.cycle(durations)
        self.now = 0.0
        self.running = []
        self.most = self.n_started = 0

    @property
    def n_running(self):
        return len(self.running)

    def feed(self, waiting):
        while waiting and len(self.running) < self.n_slots:
            self.running.append((self.now + next(self.durations), waiting.popleft()))
            self.n_started += 1
        self.most = max(self.most, len(self.running))

    def collect(self):
        first = min(self.running, key=lambda entry: entry[0])
        self.running.remove(first)
        self.now = first[0]
        return [evaluate(first[1])]

    def drain(self):
        return []

    def close(self):
        pass


def new_search(
    optimizer, n_trials=12, max_pending=3, scheduler=FullEvaluation, racing=None
):
    space = SearchSpace(FINITE if isinstance(optimizer, Grid) else SPACE)
    history = History(space, seed=5, n_splits=3)
    return Search(history, optimizer, scheduler(n_trials), max_pending, racing)


def run(search, executor=None, **options):
    run_search(search, executor or SerialExecutor(evaluate), **options)
    return search.history


def test_every_scheduler_is_tested():
    names = sksearch.schedulers.__all__
    found = {getattr(sksearch.schedulers, name) for name in names}
    found = {each for each in found if hasattr(each, "schedule")}
    assert found - {sksearch.schedulers.Scheduler} == set(SCHEDULERS)


@pytest.mark.parametrize("scheduler", SCHEDULERS.values(), ids=SCHEDULERS)
@pytest.mark.parametrize("optimizer", ONE_GOAL)
def test_a_log_cut_anywhere_continues_to_the_same_log(optimizer, scheduler):
    final = run(new_search(optimizer(), scheduler=scheduler)).to_json()
    lines = final.splitlines(keepends=True)
    for length in range(1, len(lines) + 1):
        search = new_search(optimizer(), scheduler=scheduler)
        prefix = History.from_json("".join(lines[:length]), search.history.space)
        again = Search(prefix, search.optimizer, search.scheduler, search.max_pending)
        assert run(again).to_json() == final, f"cut after line {length}"


def test_a_log_with_a_bandit_continues_to_the_same_log():
    """Its model learns from the log, whoever wrote that."""
    test_a_log_cut_anywhere_continues_to_the_same_log(
        Random, lambda n_trials: Population(RUNGS, n_trials // 2, 0.5, Bandit())
    )


@pytest.mark.parametrize("scheduler", SCHEDULERS.values(), ids=SCHEDULERS)
@pytest.mark.parametrize("optimizer", [EHVI, ParEGO, NSGA2])
def test_a_log_of_several_objectives_continues_too(optimizer, scheduler):
    def search(history=None):
        history = history or History(
            SearchSpace(SPACE),
            seed=5,
            n_splits=3,
            objectives=["score", "cheap"],
            constraints={"cheap": -40.0},
        )
        return Search(history, optimizer(), scheduler(12), 3)

    final = run(search(), SerialExecutor(evaluate_twice)).to_json()
    lines = final.splitlines(keepends=True)
    for length in range(1, len(lines) + 1, 3):
        prefix = History.from_json("".join(lines[:length]), SearchSpace(SPACE))
        again = run(search(prefix), SerialExecutor(evaluate_twice))
        assert again.to_json() == final, f"cut after line {length}"


@pytest.mark.parametrize(
    "optimizer", [Random, pytest.param(Bayesian, marks=pytest.mark.slow)]
)
def test_a_log_with_stops_continues_to_the_same_log(optimizer):
    def search():
        return new_search(optimizer(), n_trials=30, racing=RACINGS[1])

    final = run(search())
    assert any(final.status(t.id) == "stopped" for t in final.trials)
    lines = final.to_json().splitlines(keepends=True)
    for length in range(1, len(lines) + 1):
        prefix = History.from_json("".join(lines[:length]), final.space)
        again = run(dataclasses.replace(search(), history=prefix))
        assert again.to_json() == final.to_json(), f"cut after line {length}"


@settings(deadline=None, max_examples=30)
@given(
    n_slots=st.integers(1, 9),
    durations=st.lists(st.floats(0.1, 100.0), min_size=1, max_size=20),
    optimizer=st.sampled_from(OPTIMIZERS),
    scheduler=st.sampled_from(list(SCHEDULERS.values())),
    racing=st.sampled_from(RACINGS),
)
def test_neither_workers_nor_delays_change_the_log(
    n_slots, durations, optimizer, scheduler, racing
):
    def search():
        return new_search(optimizer(), 20, scheduler=scheduler, racing=racing)

    executor = VirtualExecutor(n_slots, durations)
    assert run(search(), executor).to_json() == run(search()).to_json()


def test_a_stopped_trial_costs_no_fit_that_had_not_begun():
    executors = [VirtualExecutor(n, [1.0]) for n in (1, 2)]
    for executor in executors:
        history = run(new_search(Random(), 40, racing=RACINGS[1]), executor)
        wanted = sum(
            e.status != "skipped"
            for t in history.trials
            for e in history.evaluations(t.id).values()
        )
        spared = 3 * len(history.trials) - wanted
        assert spared > 10
        assert executor.n_running == 0
        assert wanted <= executor.n_started < wanted + spared
    assert executors[0].n_started == wanted  # one at a time: nothing ran in vain


def test_a_stopped_trial_is_never_the_best_and_all_hear_of_it():
    heard = []

    class Listen(Callback):
        def on_evaluation(self, history, evaluation):
            heard.append((evaluation.trial_id, evaluation.fold, evaluation.status))

    search = new_search(Random(), 40, racing=RACINGS[1])
    history = run(search, callbacks=[Listen()])
    assert history.status(history.incumbent()) == "complete"
    assert len(heard) == len(set(heard)) == 3 * 40
    for trial in history.trials:
        folds = history.evaluations(trial.id)
        skipped = [k for k in sorted(folds) if folds[k].status == "skipped"]
        assert (history.status(trial.id) == "stopped") == bool(skipped)
        assert not skipped or skipped == list(range(skipped[0], 3))


def test_a_callback_may_end_the_search_when_it_hears_of_a_stop():
    class AtFirst(Callback):
        def on_evaluation(self, history, evaluation):
            return evaluation.status == "skipped"

    search = new_search(Random(), 40, racing=RACINGS[1])
    history = run(search, callbacks=[AtFirst()])
    stopped = [t for t in history.trials if history.status(t.id) == "stopped"]
    assert len(stopped) == 1
    assert len(history.trials) < 40


@given(max_pending=st.integers(1, 8), n_slots=st.integers(1, 30))
@settings(deadline=None, max_examples=30)
def test_no_more_trials_are_unfinished_than_allowed(max_pending, n_slots):
    search = new_search(Random(), max_pending=max_pending)
    executor = VirtualExecutor(n_slots, [1.0, 5.0, 2.0])

    class Watch(Callback):
        def on_evaluation(self, history, evaluation):
            assert history.n_unfinished <= max_pending

    run(search, executor, callbacks=[Watch()])
    assert executor.most <= min(n_slots, max_pending * 3)


def test_a_straggler_blocks_nobody_before_max_pending():
    executor = VirtualExecutor(2, [100.0] + [1.0] * 35)
    run(new_search(Random(), max_pending=12), executor)
    assert executor.now == 100.0
    executor = VirtualExecutor(2, [100.0] + [1.0] * 35)
    run(new_search(Random(), max_pending=1), executor)
    assert executor.now > 100.0


def test_asynchronous_commits_as_results_come():
    order = []

    class Watch(Callback):
        def on_evaluation(self, history, evaluation):
            order.append((evaluation.trial_id, evaluation.fold))

    executor = VirtualExecutor(2, [100.0] + [1.0] * 35)
    history = run(
        new_search(Random()), executor, asynchronous=True, callbacks=[Watch()]
    )
    assert order[-1] == (0, 0)
    assert len(history.observed()) + len(history.failed()) == 12


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_finite_space_ends_with_every_point_tried_once(optimizer):
    space = SearchSpace({"x": [0.1, 0.2], "k": ["a", "b"], "n": [1, 2, 3]})
    history = History(space, seed=0, n_splits=2)
    run(Search(history, optimizer(), FullEvaluation(100), 4))
    assert len(history.trials) == len(history.keys) == 12


def test_a_grid_runs_in_grid_order():
    space = SearchSpace({"x": [0.1, 0.2], "k": ["b", "a"], "n": [1]})
    history = History(space, seed=0, n_splits=2)
    run(Search(history, Grid(), FullEvaluation(100), 4))
    assert [t.params for t in history.trials] == list(space.grid())


def test_initial_parameters_come_first():
    first = {"x": 0.5, "k": "c", "n": 7}
    history = History(SearchSpace(SPACE), seed=5, n_splits=3)
    run(Search(history, Random(), FullEvaluation(4, [first]), 2))
    assert history.trials[0].params == first
    assert len(history.trials) == 4


def test_a_callback_ends_the_search_and_all_callbacks_hear_everything():
    heard = collections.Counter()

    class Count(Callback):
        def __init__(self, stop_at=None):
            self.stop_at = stop_at

        def on_search_begin(self, history):
            heard["begin"] += 1

        def on_evaluation(self, history, evaluation):
            heard["evaluation"] += 1
            return len(history.observed()) == self.stop_at

        def on_search_end(self, history):
            heard["end"] += 1

    history = run(new_search(Random()), callbacks=[Count(stop_at=2), Count()])
    n_evaluations = sum(len(history.evaluations(t.id)) for t in history.trials)
    assert len(history.observed()) == 2
    assert heard == {"begin": 2, "evaluation": 2 * n_evaluations, "end": 2}


def test_what_a_fit_raises_leaves_what_was_committed():
    def fail_at_five(fit):
        if fit.trial.id == 5:
            raise ZeroDivisionError
        return evaluate(fit)

    search = new_search(Random())
    with pytest.raises(ZeroDivisionError):
        run(search, SerialExecutor(fail_at_five))
    assert len(search.history.observed()) + len(search.history.failed()) == 5


@pytest.mark.parametrize("swallowed", [False, True])
def test_ctrl_c_ends_the_search_and_the_running_fit_does_not_count(swallowed):
    def interrupted(fit):
        if fit.trial.id == 4:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                if not swallowed:  # skorch ends its training and returns
                    raise
        return evaluate(fit)

    search = new_search(Random())
    with Interrupt() as interrupt:
        run(search, SerialExecutor(interrupted), interrupt=interrupt)
    assert interrupt.received
    assert not search.history.evaluations(4)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_keeps_what_is_done_out_of_turn():
    """A straggler at the head of the queue must not cost what waits behind it."""

    class Interrupting(VirtualExecutor):
        def collect(self):
            if self.now > 20:
                signal.raise_signal(signal.SIGINT)
            return super().collect()

    search = new_search(Random(), max_pending=12)
    with Interrupt() as interrupt:
        executor = Interrupting(2, [100.0] + [1.0] * 35)
        run(search, executor, interrupt=interrupt)
    assert 0 not in search.history.evaluations(0)
    assert sum(len(search.history.evaluations(t)) == 3 for t in range(1, 12)) >= 5


def test_a_second_ctrl_c_raises():
    with Interrupt() as interrupt:
        assert interrupt.run(lambda: [signal.raise_signal(signal.SIGINT)]) is None
        assert interrupt.received
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_between_two_fits_is_noted_not_raised():
    with Interrupt() as interrupt:
        signal.raise_signal(signal.SIGINT)
        assert interrupt.run(lambda: pytest.fail("must not run")) is None


def test_a_handler_of_the_application_stays():
    mine = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        before = signal.getsignal(signal.SIGINT)
        with Interrupt():
            assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, mine)


def test_the_order_of_folds_is_the_order_of_tasks():
    history = run(new_search(Random(), max_pending=1))
    seen = [(r.trial_id, r.fold) for r in history.records if isinstance(r, Evaluation)]
    assert seen == sorted(seen)
    assert np.isfinite(history.score(history.incumbent()))
