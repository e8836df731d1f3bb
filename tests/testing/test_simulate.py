"""Laws of searches in virtual time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch.optimizers import Bayesian, Proposal, Random
from sksearch.schedulers import (
    ASHA,
    FoldRacing,
    FullEvaluation,
    Hyperband,
    bracket_plan,
)
from sksearch.testing import Simulation, simulate

SPACE = {"x": (0.0, 1.0), "k": ["a", "b", "c"]}
RUNGS = (1, 3, 9)
SCHEDULERS = {
    "full": FullEvaluation,
    "hyperband": lambda n: Hyperband(bracket_plan(RUNGS, 3, n)),
    "asha": lambda n: ASHA(RUNGS, 3, n),
}


def replay(fit):
    """Scores and seconds of the parameters, the fold and how far the trial is."""
    x, done = fit.trial.params["x"], max(fit.earlier, default=0)
    return x - 1 / fit.resource, (1 + 9 * x + 0.1 * fit.fold) * (fit.resource - done)


def constant(fit):
    return 0.0, 3.0


def run(n_trials=20, optimizer=None, fits=replay, scheduler="full", **options):
    options = {"n_workers": 1, "clock": None, **options}
    makes = SCHEDULERS[scheduler](n_trials)
    return simulate(SPACE, optimizer or Random(), makes, fits, **options)


def seconds_of(found):
    return (found.spans[:, 1] - found.spans[:, 0]).sum()


# -- workers -------------------------------------------------------------------------


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_one_worker_takes_the_sum_of_all_seconds(scheduler, asynchronous):
    found = run(scheduler=scheduler, asynchronous=asynchronous, n_splits=3)
    assert found.makespan == pytest.approx(seconds_of(found))
    assert found.utilisation == pytest.approx(1.0)
    assert found.steady_utilisation == pytest.approx(1.0)


@given(
    st.sampled_from(sorted(SCHEDULERS)),
    st.integers(1, 40),
    st.integers(1, 3),
    st.integers(1, 60),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_no_schedule_beats_its_bounds(
    scheduler, n_workers, n_splits, max_pending, asynchronous
):
    found = run(
        scheduler=scheduler,
        n_workers=n_workers,
        n_splits=n_splits,
        max_pending=max_pending,
        asynchronous=asynchronous,
    )
    total, longest = seconds_of(found), np.diff(found.spans).max()
    assert found.makespan >= max(longest, total / n_workers) - 1e-9
    assert found.makespan <= total + 1e-9  # somebody is always at work
    assert 0 < found.utilisation <= 1 + 1e-9
    assert found.utilisation == pytest.approx(total / n_workers / found.makespan)
    assert math.isnan(found.steady_utilisation) or found.steady_utilisation <= 1 + 1e-9
    assert _most_at_once(found.spans) <= min(n_workers, max_pending * n_splits)
    for trial_id, resource in found.history.tasks():
        assert found.history.status(trial_id, resource) == "complete"


def _most_at_once(spans):
    """Ends count before beginnings at the same moment."""
    events = sorted([(b, 1) for b, _ in spans] + [(e, -1) for _, e in spans])
    return max(np.cumsum([step for _, step in events]))


@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 3), st.booleans())
@settings(max_examples=40, deadline=None)
def test_equal_seconds_make_the_schedule_of_rounds(
    n_trials, n_workers, n_splits, asynchronous
):
    found = run(
        n_trials,
        fits=constant,
        n_workers=n_workers,
        n_splits=n_splits,
        max_pending=n_trials,
        asynchronous=asynchronous,
    )
    n_fits = n_trials * n_splits
    assert found.makespan == 3.0 * math.ceil(n_fits / n_workers)
    begins = 3.0 * (np.arange(n_fits) // n_workers)
    assert found.spans[:, 0].tolist() == begins.tolist()


@given(st.integers(1, 30), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_as_many_pending_as_workers_keep_all_busy_asynchronously(n_workers, n_splits):
    found = run(
        4 * n_workers, n_workers=n_workers, n_splits=n_splits, asynchronous=True
    )
    assert found.steady_utilisation == pytest.approx(1.0)


def test_in_order_workers_wait_behind_a_straggler():
    def fits(fit):
        return 0.0, 50.0 if fit.trial.id == 0 else 1.0

    options = {"fits": fits, "n_workers": 4, "max_pending": 4}
    waits, goes_on = run(40, **options), run(40, **options, asynchronous=True)
    assert waits.makespan == 50 + math.ceil(36 / 4)
    assert goes_on.makespan == 50
    assert waits.committed[1, 1] == 50 > goes_on.committed[1, 1] == 1


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("racing", [None, FoldRacing(risk=0.3)])
def test_in_order_the_log_is_that_of_one_worker(scheduler, racing):
    def log(n_workers):
        found = run(
            27,
            scheduler=scheduler,
            racing=racing,
            n_workers=n_workers,
            max_pending=9,
            n_splits=3,
        )
        return [
            (type(r).__name__, getattr(r, "params", None), *_key(r))
            for r in found.history.records
        ]

    assert log(1) == log(7) == log(64)


def _key(record):
    names = ("id", "trial_id", "resource", "fold", "scores", "status")
    return [getattr(record, name, None) for name in names]


def test_asynchronous_logs_follow_the_ends():
    found = run(30, n_workers=5, asynchronous=True)
    ends = [e.started + e.fit_time for e in found.history.records if hasattr(e, "fold")]
    assert ends == sorted(ends)
    assert list(found.committed.values()) == pytest.approx(ends)
    assert [key for key, _ in found.committed] != sorted(k for k, _ in found.committed)


def test_each_worker_has_one_fit_at_a_time():
    found = run(50, n_workers=4, n_splits=2, asynchronous=True)
    fits = [e for e in found.history.records if hasattr(e, "fold")]
    for worker in range(4):
        mine = sorted((e.started, e.fit_time) for e in fits if e.worker == str(worker))
        ends = [begin + seconds for begin, seconds in mine]
        assert all(e <= b for e, (b, _) in zip(ends, mine[1:], strict=False))


# -- the parent ----------------------------------------------------------------------


class Slow:
    """Random points, for each of which a clock moves."""

    max_pending = 1

    def __init__(self, seconds):
        self.seconds, self.now = seconds, 0.0

    def clock(self):
        return self.now

    def ask(self, history, rng):
        self.now += self.seconds
        found = Random().ask(history, rng)
        return Proposal(found.params, found.tags)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_what_the_parent_takes_is_added_where_one_worker_waits(asynchronous):
    slow = Slow(0.5)
    found = run(
        20,
        slow,
        constant,
        asynchronous=asynchronous,
        clock=slow.clock,
        send_seconds=0.25,
    )
    assert found.makespan == 20 * (3.0 + 0.5 + 0.25)
    assert found.suggesting == 10.0
    assert found.sending == 5.0
    assert found.keeping == found.keeping_per_task == 0.0
    assert found.suggesting_per_task == 0.5
    assert found.utilisation == pytest.approx(3.0 / 3.75)


def test_a_parent_that_is_too_slow_keeps_few_workers_busy():
    slow = Slow(1.0)  # 3 seconds of work every second
    found = run(900, slow, constant, n_workers=30, asynchronous=True, clock=slow.clock)
    assert found.steady_utilisation == pytest.approx(3 / 30, rel=0.05)
    assert found.makespan == 900 * 1.0 + 3.0 + 3.0  # it is idle once, at first


def test_the_parent_works_while_fits_run():
    slow = Slow(1.0)
    found = run(9, slow, constant, n_workers=2, asynchronous=True, clock=slow.clock)
    begins = found.spans[:, 0].tolist()
    # Two suggestions, then both end at 5: one is handed out at 6, the other at 7.
    assert begins == [2, 2, 6, 7, 10, 11, 14, 15, 18]


def test_what_replay_takes_is_not_the_parents():
    slow = Slow(0.0)

    def fits(fit):
        slow.now += 100.0
        return 0.0, 3.0

    found = run(10, slow, fits, n_workers=3, clock=slow.clock)
    assert found.makespan == 12.0
    assert found.keeping == 0.0


def test_without_a_clock_nothing_but_the_arguments_counts():
    def once():
        return run(15, Bayesian(), n_workers=4, asynchronous=True)

    first, second = once(), once()
    assert first.history.to_json() == second.history.to_json()
    assert first.spans.tolist() == second.spans.tolist()
    assert first.suggesting == first.keeping == 0.0


def test_the_clock_of_the_process_is_the_default():
    found = simulate(SPACE, Random(), FullEvaluation(5), constant, n_workers=1)
    assert found.keeping > 0
    assert found.suggesting > 0
    assert found.makespan == pytest.approx(15.0 + found.keeping + found.suggesting)


# -- what is told --------------------------------------------------------------------


def test_start_up_and_tail_count_in_the_whole_only():
    def fits(fit):
        return 0.0, 100.0 if fit.trial.id == 19 else 3.0

    found = run(20, fits=fits, n_workers=4, asynchronous=True)
    assert found.steady == (0.0, 12.0)
    assert found.steady_utilisation == 1.0
    assert found.utilisation == pytest.approx((19 * 3 + 100) / (4 * 112))


def test_fewer_fits_than_workers_have_no_steady_state():
    found = run(3, n_workers=4)
    assert math.isnan(found.steady_utilisation)
    assert np.isnan(found.steady).all()
    assert math.isnan(run(0).utilisation)


def test_a_target_is_reached_when_the_log_has_it():
    found = run(30, scheduler="asha", n_workers=4, n_splits=2, asynchronous=True)
    best = found.history.score(found.history.incumbent())
    assert found.seconds_to(-math.inf) == min(found.committed.values())
    assert found.seconds_to(best, RUNGS[-1]) in found.committed.values()
    assert found.seconds_to(-0.6) <= found.seconds_to(-0.6, RUNGS[-1]) < math.inf
    assert found.seconds_to(best + 1) == math.inf


def test_a_failed_fit_is_not_what_is_wanted():
    found = run(5, fits=lambda fit: (math.nan, 1.0))
    assert found.makespan == 5.0
    assert found.seconds_to(-math.inf) == math.inf
    assert len(found.history.failed()) == 5


def test_what_was_skipped_while_it_ran_was_work_too():
    found = run(
        60,
        n_workers=4,
        n_splits=5,
        racing=FoldRacing(risk=0.3),
        asynchronous=True,
    )
    done = [e for e in found.history.records if hasattr(e, "fold")]
    n_done = sum(e.status == "ok" for e in done)
    assert n_done < 300
    assert n_done <= len(found.spans)
    assert isinstance(found, Simulation)


# -- errors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_workers": 0}, "n_workers=0"),
        ({"max_pending": 0}, "max_pending=0"),
        ({"fits": lambda fit: (0.0, -1.0)}, "seconds=-1.0"),
        ({"fits": lambda fit: (0.0, math.inf)}, "seconds=inf"),
        ({"fits": lambda fit: (0.0, math.nan)}, "seconds=nan"),
    ],
)
def test_errors_say_what_to_do(options, message):
    with pytest.raises(ValueError, match=message):
        run(**options)
