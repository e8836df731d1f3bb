"""Lines of candidates from rung to rung."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from sksearch import HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.displays import TrainingCurvesDisplay
from tests.displays.histories import grown, trained


def test_points_are_the_rungs_of_each_candidate():
    history = trained()
    display = TrainingCurvesDisplay.from_history(history, resource_name="epochs")
    assert display.rungs == [1, 3, 9]
    points = zip(display.trial_ids, display.resources, display.scores, strict=True)
    assert sorted((int(i), int(r)) for i, r, _ in points) == sorted(history.tasks())
    for i, r, score in zip(
        display.trial_ids, display.resources, display.scores, strict=True
    ):
        assert score == history.score(int(i), int(r))
    frame = display.frame()
    assert frame["is_rung"].all()
    assert set(frame.loc[frame["best"], "candidate"]) == {history.incumbent()}
    assert display.plot().ax_.get_xlabel() == "epochs"


def test_kinds_say_how_candidates_ended():
    history = trained()
    display = TrainingCurvesDisplay.from_history(history)
    reached = {i for i, r in history.tasks() if r == 9}
    for i, kind in zip(display.trial_ids.tolist(), display.kinds, strict=True):
        assert kind == ("complete" if i in reached else "trained less")


def test_what_failed_later_stands_at_the_foot_of_its_rung():
    second = max(i for i, r in trained().tasks() if r == 3)
    history = trained(fails={(second, 3), (0, 1)})
    display = TrainingCurvesDisplay.from_history(history)
    failed = display.frame().query("kind == 'failed'")
    assert set(failed["candidate"]) == {second, 0}
    ax = display.plot().ax_
    at_foot = [
        (x, y)
        for marks in ax.collections
        if marks.get_offset_transform() == ax.get_xaxis_transform()
        for x, y in marks.get_offsets().tolist()
    ]
    assert sorted(x for x, _ in at_foot) == [1.0, 3.0]
    assert all(0.0 < y < 0.1 for _, y in at_foot)


def test_a_search_tells_its_resource_and_the_curves_of_ensembles():
    search = HyperbandSearchCV(
        RandomForestClassifier(random_state=0),
        {"max_depth": range(1, 6), "min_samples_leaf": range(1, 20)},
        max_resources=9,
        cv=2,
        random_state=0,
    ).fit(*load_iris(return_X_y=True))
    display = TrainingCurvesDisplay.from_search(search)
    assert display.resource_name == "n_estimators"
    assert display.rungs == search.n_resources_
    best = display.frame().query("best").set_index("resource")["score"]
    assert best[9] == search.cv_results_["mean_test_score"][search.best_index_]
    assert search.best_curve_
    for resource, score in search.best_curve_.items():
        assert best[resource] == pytest.approx(score)
    assert not display.frame()["is_rung"].all()
    ticks = display.plot().ax_.get_xticks()
    assert ticks.tolist() == search.n_resources_


def test_one_resource_is_no_curve():
    with pytest.raises(ValueError, match="All candidates were trained with resource=1"):
        TrainingCurvesDisplay.from_history(grown(5))


def test_lines_are_drawn_for_those_with_two_rungs_alone():
    history = trained()
    ax = TrainingCurvesDisplay.from_history(history).plot().ax_
    segments = sum(
        len(c.get_segments()) for c in ax.collections if hasattr(c, "get_segments")
    )
    assert segments == len({i for i, r in history.tasks() if r > 1})
    assert np.isfinite(ax.get_ylim()).all()


def test_a_search_without_resources_says_so_in_words():
    tree = DecisionTreeClassifier(random_state=0)
    goals = {"accuracy": "accuracy", "leaves": lambda m, X, y: -float(m.get_n_leaves())}
    search = MultiObjectiveSearchCV(
        tree, {"max_depth": [2, 4]}, scoring=goals, n_iter=2, cv=2, random_state=0
    ).fit(*load_iris(return_X_y=True))
    with pytest.raises(ValueError, match="trained with resource=1, so there is no"):
        TrainingCurvesDisplay.from_search(search)
