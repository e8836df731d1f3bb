"""Rows to stop by are a tenth of the training rows, and nobody is fitted on them."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_classification
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sksearch.evaluation import HoldOut, row_order_of, stops_early
from sksearch.evaluation._boosters import (
    best_iteration,
    booster_of,
    final_params,
    trained_in_full,
    without_stoppers,
)
from sksearch.evaluation._fitting import HeldOut, fit_rows

lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra")

from lightgbm.basic import _ConfigAliases  # noqa: E402

X, Y = make_classification(300, 6, flip_y=0.2, random_state=0)
PATIENCE = ["early_stopping_round", "early_stopping_rounds", "early_stopping"]
PATIENCE += ["n_iter_no_change"]


def new_model(**params):
    defaults = {"verbose": -1, "n_jobs": 1, "n_estimators": 300, "random_state": 0}
    return lightgbm.LGBMClassifier(**{**defaults, **params})


def piped(model):
    return Pipeline([("scale", StandardScaler()), ("m", model)])


# -- which rows ----------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=4).filter(
        lambda sizes: sum(sizes) > 9 and max(sizes) > 4
    ),
    seed=st.integers(0, 99),
    how=st.sampled_from(["stratified", "newest"]),
)
def test_a_tenth_is_held_out_and_every_class_stays(sizes, seed, how):
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    rest, held = HoldOut(how, True, seed)(0, np.arange(len(y)), y)
    assert sorted([*rest, *held]) == list(range(len(y)))
    assert 1 <= len(held) <= max(1, round(0.1 * len(y)))
    assert set(y[rest]) == set(y)
    if how == "stratified":
        counts = np.bincount(y[held], minlength=len(sizes))
        assert np.all(np.abs(counts - 0.1 * np.array(sizes)) <= 2)


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(1, 50), min_size=2, max_size=30),
    seed=st.integers(0, 99),
)
def test_groups_stay_together(sizes, seed):
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    train = rng.permutation(len(groups))[: max(2, len(groups) * 2 // 3)]
    y = rng.normal(size=len(train))
    rest, held = HoldOut("shuffled", False, seed, groups)(0, train, y)
    inside = groups[train]
    assert sorted([*rest, *held]) == list(range(len(train)))
    if len(set(inside)) > 1:
        assert not set(inside[rest]) & set(inside[held])
        smallest = np.unique(inside, return_counts=True)[1].min()
        assert 1 <= len(held) <= max(round(0.1 * len(train)), smallest)


def test_the_newest_rows_are_held_out_of_a_series():
    y = np.arange(40.0)
    rest, held = HoldOut("newest", False, 0)(0, np.arange(40), y)
    assert held.tolist() == [36, 37, 38, 39]
    assert rest.tolist() == list(range(36))
    # A class that comes up at the end only has to be learned all the same.
    y = np.repeat([0, 1, 2], [30, 8, 2])
    rest, held = HoldOut("newest", True, 0)(0, np.arange(40), y)
    assert held.tolist() == [36, 37]
    assert set(y[rest]) == {0, 1, 2}


def test_folds_differ_and_seeds_repeat():
    def rows(seed, fold):
        return HoldOut("shuffled", False, seed)(fold, np.arange(200), Y[:200])[1]

    assert rows(1, 0).tolist() == rows(1, 0).tolist()
    assert rows(1, 0).tolist() != rows(1, 1).tolist() != rows(2, 1).tolist()


def test_who_has_no_row_to_spare_is_told_so():
    with pytest.raises(ValueError, match="of 3 rows in fold 2 none can be spared"):
        HoldOut("stratified", True, 0)(2, np.arange(3), np.array([0, 1, 2]))


def test_splits_that_ask_for_what_comes_next_are_in_time():
    rows = np.arange(30)
    masks = [(rows < 10, (rows >= 10) & (rows < 20)), (rows < 20, rows >= 20)]
    ahead = [(rows[:10], rows[10:20]), (rows[:20], rows[20:])]
    assert row_order_of(SVC(), Y, masks) == row_order_of(SVC(), Y, ahead) == "newest"
    assert row_order_of(SVC(), Y, ahead[:1]) == "stratified"
    assert row_order_of(SVC(), Y, [*ahead, (rows[20:], rows[:20])]) == "stratified"
    assert row_order_of(StandardScaler(), None, ahead[:1]) == "shuffled"


# -- who stops -----------------------------------------------------------------------


def test_names_are_those_of_lightgbm():
    names = booster_of(new_model())
    assert set(names.patience) == _ConfigAliases.get("early_stopping_round")
    assert set(names.rounds) == _ConfigAliases.get("num_iterations")
    assert set(PATIENCE) == set(names.patience)


@pytest.mark.parametrize("name", PATIENCE)
@pytest.mark.parametrize("other", [None, *PATIENCE])
def test_of_two_names_the_same_one_counts_as_in_lightgbm(name, other):
    """Without rows to stop by LightGBM raises exactly where it would stop."""
    for params in ({name: 7, other: 0}, {name: 0, other: 7}):
        model = new_model(**{k: v for k, v in params.items() if k}, n_estimators=2)
        if stops_early(model, {}):
            with pytest.raises(ValueError, match="at least one dataset"):
                model.fit(X, Y)
        else:
            model.fit(X, Y)


def test_rows_of_the_user_and_callbacks():
    model, stop = new_model(), lightgbm.early_stopping(5, verbose=False)
    log = lightgbm.log_evaluation(0)
    assert not stops_early(model, {"callbacks": [log]})
    assert stops_early(model, {"callbacks": [log, stop]})
    assert stops_early(piped(model), {"m__callbacks": [stop]})
    assert not stops_early(piped(model), {"scale__callbacks": [stop]})
    assert not stops_early(model, {"callbacks": [stop], "eval_set": [(X, Y)]})
    waiting = new_model(early_stopping_round=5)
    assert stops_early(waiting, {"eval_set": None})
    assert not stops_early(waiting, {"eval_X": X, "eval_y": Y})
    assert not stops_early(piped(waiting), {"m__eval_set": [(X, Y)]})
    assert not stops_early(SVC(), {"callbacks": [stop]})
    left = without_stoppers({"m__callbacks": [log, stop], "sample_weight": Y})
    assert left["m__callbacks"] == [log]
    assert left["sample_weight"] is Y


def test_what_ends_a_model_by_itself():
    model = new_model(n_iter_no_change=5, num_trees=40)
    assert final_params(piped(model), 7) == {
        "m__n_iter_no_change": None,
        "m__n_estimators": 7,
        "m__num_trees": 7,
    }
    model.set_params(**final_params(model, 7)).fit(X, Y)
    assert model.booster_.num_trees() == 7
    params = {"callbacks": [lightgbm.early_stopping(2)], "sample_weight": Y}
    assert trained_in_full(model, params)["callbacks"] == []
    assert trained_in_full(SVC(), params) is params


# -- the fit -------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [Y, Y + 1, np.array(["no", "yes"])[Y]])
def test_it_is_the_fit_that_lightgbm_makes_of_an_eval_set(labels):
    weights = np.random.default_rng(0).random(300) + 0.1
    rest, held = np.arange(250), np.arange(250, 300)
    model = piped(new_model(early_stopping_round=5))
    params = {"m__sample_weight": weights[rest]}
    of_held = {"m__sample_weight": weights[held]}
    eval_set = HeldOut(X[held], labels[held], of_held)
    fit_rows(model, X[rest], labels[rest], {**params, "eval_set": eval_set})
    scaler = StandardScaler().fit(X[rest])
    expected = new_model(early_stopping_round=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of eval_set, from 4.7 on
        expected.fit(
            scaler.transform(X[rest]),
            labels[rest],
            sample_weight=weights[rest],
            eval_set=[(scaler.transform(X[held]), labels[held])],
            eval_sample_weight=[weights[held]],
        )
    np.testing.assert_array_equal(model["scale"].mean_, scaler.mean_)
    assert best_iteration(model) == expected.best_iteration_ < 299
    np.testing.assert_array_equal(
        model.predict_proba(X), expected.predict_proba(scaler.transform(X))
    )


def test_a_pipeline_of_one_step_and_one_in_another():
    held = HeldOut(X[250:], Y[250:], {})
    plain = new_model(early_stopping_round=5)
    fit_rows(plain, X[:250], Y[:250], {"eval_set": held})
    for wrap in (make_pipeline, lambda m: make_pipeline(StandardScaler(), piped(m))):
        model = wrap(new_model(early_stopping_round=5))
        assert stops_early(model, {})
        fit_rows(model, X[:250], Y[:250], {"eval_set": held})
        assert best_iteration(model) == pytest.approx(best_iteration(plain), abs=2)


def test_dart_knows_no_best_round():
    model = new_model(early_stopping_round=5, boosting_type="dart", n_estimators=9)
    with pytest.warns(UserWarning, match="not available in dart mode"):
        fit_rows(model, X[:250], Y[:250], {"eval_set": HeldOut(X[250:], Y[250:], {})})
    assert best_iteration(model) == 9


def test_callbacks_are_not_shared_between_fits():
    stop = lightgbm.early_stopping(5, verbose=False)
    before = dict(vars(stop))
    params = {"callbacks": [stop], "eval_set": HeldOut(X[250:], Y[250:], {})}
    model = new_model()
    fit_rows(model, X[:250], Y[:250], params)
    assert best_iteration(model) < 300
    assert vars(stop) == before
