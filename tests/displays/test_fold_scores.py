"""Fold scores: the table of a search, the best first."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.model_selection import RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV
from sksearch.displays import FoldScoresDisplay
from tests.displays.histories import grown, trained

X, Y = load_iris(return_X_y=True)


def test_it_is_the_table_of_ours_and_of_scikit_learns():
    space = {"max_depth": range(1, 9), "min_samples_leaf": range(1, 40)}
    options = {"n_iter": 8, "random_state": 0}
    for kind in (BayesSearchCV, RandomizedSearchCV):
        search = kind(DecisionTreeClassifier(random_state=0), space, **options)
        made = FoldScoresDisplay.from_search(search.fit(X, Y))
        assert (np.diff(made.means) <= 0.0).all()
        rows = made.trial_ids
        for fold in range(5):
            column = search.cv_results_[f"split{fold}_test_score"]
            assert_allclose(made.scores[:, fold], column[rows])
        assert_allclose(made.means[0], search.best_score_)
        assert made.chosen == search.best_index_


def test_only_complete_candidates_at_the_highest_resource_compete():
    made = FoldScoresDisplay.from_history(grown(9, fails=(1,), stops=(2,)))
    assert set(made.trial_ids.tolist()) == {0, 3, 4, 5, 6, 7, 8}
    rungs = trained()
    made = FoldScoresDisplay.from_history(rungs)
    assert len(made.trial_ids) == 3
    assert made.trial_ids[0] == rungs.incumbent()


def test_as_many_are_drawn_as_asked_for():
    made = FoldScoresDisplay.from_history(grown(30))
    ticks = made.plot(max_candidates=4).ax_.get_xticklabels()
    assert [t.get_text() for t in ticks] == [str(i) for i in made.trial_ids[:4]]
    assert len(made.frame()) == 30 * 3
    with pytest.raises(ValueError, match="max_candidates=0"):
        made.plot(max_candidates=0)


def test_many_folds_are_drawn():
    made = FoldScoresDisplay.from_history(grown(12, n_splits=50))
    made.plot().figure_.canvas.draw()


def test_nothing_complete_is_said():
    with pytest.raises(ValueError, match="No candidate is complete"):
        FoldScoresDisplay.from_history(grown(4, fails=range(4)))
