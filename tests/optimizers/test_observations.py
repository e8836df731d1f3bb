import numpy as np

from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Bayesian
from sksearch.optimizers._observations import Observations
from sksearch.space import Real, SearchSpace


def make_history(rows, gap=0.01):
    """A history of trials with these fold scores: None is missing, NaN a failure."""
    history = History(SearchSpace({"x": Real(0.0, 1.0)}), seed=0, n_splits=3)
    for number, row in enumerate(rows):
        history.record(Trial(number, {"x": min(gap * number, 1.0)}))
        for fold, score in enumerate(row):
            if score == "skipped":
                history.record(Evaluation(number, 1, fold, status="skipped"))
            elif score is not None:
                status = "failed" if np.isnan(score) else "ok"
                scores = {"score": score}
                history.record(Evaluation(number, 1, fold, scores, status=status))
    return history


def test_complete_stopped_pending_and_failed_trials():
    history = make_history(
        [
            [1.0, 2.0, 3.0],
            [2.0, "skipped", "skipped"],
            [np.nan, 0.0, 0.0],
            [2.0, 3.0, 4.0],
            ["skipped", "skipped", "skipped"],
            [1.5, None, None],
            [None, None, None],
        ]
    )
    seen = Observations.of(history)
    assert [trial.id for trial in seen.trials] == [0, 1, 3, 5]
    np.testing.assert_allclose(seen.outputs[:, 0], [2.0, 3.0, 3.0, 2.5])
    assert ((seen.variances > 0) | (seen.variances == 0)).all()
    assert [trial.id for trial in seen.failed] == [2]
    assert [trial.id for trial in seen.best(2)] == [1, 3]


def test_a_hard_first_fold_does_not_speak_against_a_stopped_trial():
    rng = np.random.default_rng(0)
    rows = [[x - 5, x, x + 5] + 0.1 * rng.normal(size=3) for x in rng.random(12)]
    stopped = make_history([*rows, [0.9 - 5, "skipped", "skipped"]])
    seen = Observations.of(stopped)
    assert abs(seen.outputs[-1, 0] - 0.9) < 0.3
    assert seen.variances[-1, 0] > 0 == seen.variances[0, 0]
    assert Bayesian().ask(stopped, np.random.default_rng(0)).tags["by"] == "gp"


def test_stopped_trials_teach_the_model():
    def proposed(rows):
        history = make_history(rows, gap=0.08)
        proposal = Bayesian(n_initial=3).ask(history, np.random.default_rng(0))
        return proposal.params["x"]

    rows = [[float(x), x + 1.0, x + 2.0] for x in range(6)]
    rising = [[float(x), "skipped", "skipped"] for x in range(6, 12)]
    falling = [[float(11 - x), "skipped", "skipped"] for x in range(6, 12)]
    assert proposed(rows + falling) < 0.6 < 0.8 < proposed(rows + rising)


def test_many_trials_are_thinned():
    history = make_history([[float(i % 97)] * 3 for i in range(700)])
    chosen = Observations.of(history).thinned(500, np.random.default_rng(0))
    numbers = [trial.id for trial in chosen.trials]
    assert len(numbers) == len(chosen.outputs) == len(chosen.variances) == 500
    assert numbers == sorted(set(numbers))
    assert set(range(500, 700)) <= set(numbers)
    assert {t.id for t in history.trials if history.score(t.id) >= 91} <= set(numbers)
    np.testing.assert_array_equal(
        chosen.outputs[:, 0], [history.score(i) for i in numbers]
    )


def test_few_trials_are_kept():
    seen = Observations.of(make_history([[1.0, 2.0, 3.0]] * 4))
    assert seen.thinned(4, np.random.default_rng(0)) is seen


def test_nothing_is_known():
    seen = Observations.of(make_history([]))
    assert len(seen) == len(seen.failed) == len(seen.best(3)) == 0


def test_costs_are_seen_on_a_logarithmic_scale():
    history = History(
        SearchSpace({"x": (0.0, 1.0)}),
        seed=0,
        n_splits=2,
        objectives=["good", "cost"],
        constraints={"cost": -4.0, "time": -2.0},
        log_scores=["cost", "time"],
    )
    costs = [(-1.0, -4.0), (-16.0, -16.0), (0.0, -1.0), (float("nan"), -2.0)]
    for number, folds in enumerate(costs):
        history.record(Trial(number, {"x": number / 10}))
        for fold, cost in enumerate(folds):
            scores = {"good": 1.0, "cost": cost, "time": cost if number < 2 else 0.0}
            history.record(Evaluation(number, 1, fold, scores))
    seen = Observations.of(history)
    assert [trial.id for trial in seen.trials] == [0, 1, 2]  # the last one has failed
    log = np.log(2.0)
    # 0 seconds count as the shortest of all, which is 1.
    np.testing.assert_allclose(seen.outputs[:, 1], [-log, -4 * log, 0.0])
    np.testing.assert_allclose(seen.outputs[:2, 2], [-log, -4 * log])
    np.testing.assert_allclose(seen.bounds, [-np.inf, -2 * log, -log])
    assert seen.meets_bounds.tolist() == [True, False, True]


def test_candidates_that_meet_the_bounds_stand_first():
    history = History(
        SearchSpace({"x": (0.0, 1.0)}),
        seed=0,
        n_splits=1,
        constraints={"price": -1.0},
        objective="good",
    )
    rows = [(1.0, -3.0), (0.5, -1.0), (0.7, -0.5), (0.9, -2.0), (0.1, float("nan"))]
    for number, (good, price) in enumerate(rows):
        history.record(Trial(number, {"x": number / 10}))
        scores = {"good": good, "price": price}
        history.record(Evaluation(number, 1, 0, scores))
    seen = Observations.of(history)
    assert [trial.id for trial in seen.best(5)] == [2, 1, 3, 0, 4] == history.ranked()


def test_a_part_stands_as_it_does_among_all():
    history = make_history([[0.1 * x] * 3 for x in (3, 1, 4, 2, 5, 0)])
    history.constraints["score"] = 0.25  # who misses it stands behind all who do not
    seen = Observations.of(history)
    part = seen.thinned(4, np.random.default_rng(0))
    places = [seen.trials.index(trial) for trial in part.trials]
    np.testing.assert_array_equal(part.standing, seen.standing[places])
    assert part.best(1) == seen.best(1)
