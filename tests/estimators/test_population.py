"""PopulationSearchCV: what it trains, what it shows, and what it refuses."""

import itertools
import os
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier, SGDRegressor
from sklearn.model_selection import (
    GridSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    cross_validate,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from sksearch import (
    PopulationSearchCV,
    bootstrap_bias_corrected_score,
    nested_cross_validate,
)
from sksearch.__main__ import main
from sksearch.callbacks import Callback
from sksearch.displays import TrainingCurvesDisplay
from sksearch.estimators._generations import schedule_of
from sksearch.estimators._recheck_budgets import expected_seconds
from sksearch.estimators._results import candidate_rows
from sksearch.exceptions import HistoryMismatchError
from sksearch.metrics import neg_fit_time
from sksearch.report import write_report
from sksearch.space import SearchSpace

IRIS = load_iris(return_X_y=True)
SGD = SGDClassifier(learning_rate="constant", eta0=0.01, random_state=0)
SPACE = {"eta0": loguniform(1e-4, 1e1), "alpha": loguniform(1e-6, 1e-1)}
EXPLORES = pytest.mark.parametrize("explore", ["perturb", "pb2"])


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def new_search(estimator=SGD, space=SPACE, **params):
    defaults = {
        "population_size": 5,
        "step": 2,
        "max_resources": 7,
        "cv": 2,
        "random_state": 0,
    }
    return PopulationSearchCV(estimator, space, **{**defaults, **params})


def log_of(search):
    """Return the log without what clocks and workers have put into it."""
    history = pickle.loads(pickle.dumps(search.history_))
    lines = history.to_json().splitlines()
    return [line.partition('"fit_time"')[0] for line in lines]


# -- the toy of the paper ------------------------------------------------------------


class Surrogate(BaseEstimator):
    """Climbs 1.2 - h0 x0^2 - h1 x1^2, where the score is 1.2 - x0^2 - x1^2.

    Figure 2 of Jaderberg et al., 2017: no fixed h is any good for both coordinates
    where one of the two workers has h = (1, 0) and the other one (0, 1).
    """

    def __init__(self, h0=1.0, h1=0.0, rate=0.01):
        self.h0 = h0
        self.h1 = h1
        self.rate = rate

    def fit(self, X, y=None):
        self.theta_ = np.array([0.9, 0.9])
        for _ in range(200):
            self.partial_fit(X)
        return self

    def partial_fit(self, X, y=None):
        theta = getattr(self, "theta_", np.array([0.9, 0.9]))
        slope = -2.0 * np.array([self.h0, self.h1]) * theta
        self.theta_ = theta + self.rate * slope
        return self

    def score(self, X, y=None):
        return float(1.2 - np.sum(self.theta_**2))


WORKERS = [{"h0": 1.0, "h1": 0.0}, {"h0": 0.0, "h1": 1.0}]


@EXPLORES
@pytest.mark.parametrize("seed", range(5))
def test_the_toy_of_the_paper(seed, explore):
    search = PopulationSearchCV(
        Surrogate(),
        {"h0": (0.0, 1.0), "h1": (0.0, 1.0)},
        population_size=2,
        initial_params=WORKERS,
        explore=explore,
        step=4,
        max_resources=200,
        cv=2,
        random_state=seed,
    ).fit(np.zeros((4, 1)))
    assert search.best_score_ > 1.15
    grid = GridSearchCV(
        Surrogate(), [{k: [v] for k, v in w.items()} for w in WORKERS], cv=2
    ).fit(np.zeros((4, 1)))
    assert grid.best_score_ < 0.4  # 1.2 - 0.9^2, however long


# -- schedules -----------------------------------------------------------------------


def by_hand(schedule, X, y):
    model, done = clone(SGD), 0
    for resource, params in schedule:
        model.set_params(**params)
        for number in range(done, resource):  # each pass shuffles anew
            model.set_params(random_state=SGD.random_state + number)
            model.partial_fit(X, y, classes=[0, 1, 2])
        done = resource
    return model


def test_the_best_is_trained_along_its_schedule():
    search = new_search().fit(*IRIS)
    schedule = search.best_schedule_
    resources = [resource for resource, _ in schedule]
    assert resources == sorted(set(resources))
    assert resources[-1] == search.best_resource_ == 7
    assert schedule[-1][1] == search.best_params_
    assert len(schedule) > 1  # it has taken over from somebody
    assert all(a != b for (_, a), (_, b) in itertools.pairwise(schedule))
    expected = by_hand(schedule, *IRIS)
    np.testing.assert_array_equal(search.best_estimator_.coef_, expected.coef_)


def test_the_score_is_that_of_the_schedule_on_each_fold():
    """All folds of a member share one schedule, and each has its own weights."""
    X, y = IRIS
    splits = list(ShuffleSplit(3, test_size=0.3, random_state=0).split(X))
    search = new_search(cv=splits).fit(X, y)
    for k, (train, test) in enumerate(splits):
        model = by_hand(search.best_schedule_, X[train], y[train])
        found = search.cv_results_[f"split{k}_test_score"][search.best_index_]
        assert found == model.score(X[test], y[test])


def test_predictions_and_models_of_the_folds_follow_the_lineage():
    X, y = IRIS
    splits = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    options = {"return_oof": True, "return_estimator": True, "cv": splits}
    options |= {"population_size": 8, "quantile": 0.5}
    search = new_search(**options).fit(X, y)
    assert len(search.best_schedule_) > 1
    for k, (train, test) in enumerate(splits):
        model = by_hand(search.best_schedule_, X[train], y[train])
        np.testing.assert_array_equal(search.fold_estimators_[k].coef_, model.coef_)
        np.testing.assert_array_equal(
            search.oof_predictions_[test], model.predict(X[test])
        )
    with pytest.raises(ValueError, match="decide in every step"):
        bootstrap_bias_corrected_score(search)


def test_the_best_of_earlier_searches_are_among_the_first_members():
    earlier = new_search().fit(*IRIS)
    search = new_search(warm_start_from=[earlier], random_state=1).fit(*IRIS)
    ranked = earlier.history_.ranked()[:10]
    assert search.history_.trials[0].params in [
        earlier.history_.trials[i].params for i in ranked
    ]


def test_a_callable_refit_may_choose_any_row():
    search = new_search(refit=lambda results: 3).fit(*IRIS)
    row = {n: search.cv_results_[n][3] for n in ("n_resources", "params")}
    assert search.best_schedule_ == [(row["n_resources"], row["params"])]
    expected = by_hand(search.best_schedule_, *IRIS)
    np.testing.assert_array_equal(search.best_estimator_.coef_, expected.coef_)


MLP = MLPClassifier(4, solver="sgd", random_state=0)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize(
    ("estimator", "space", "resource"),
    [
        (MLP, {"learning_rate_init": loguniform(1e-3, 1.0)}, "epochs"),
        (RandomForestClassifier(random_state=0), {"max_depth": (1, 9)}, "n_estimators"),
        (
            HistGradientBoostingClassifier(random_state=0),
            {"learning_rate": loguniform(1e-2, 1.0)},
            "max_iter",
        ),
        (
            make_pipeline(StandardScaler(), SGD),
            {"sgdclassifier__eta0": loguniform(1e-4, 1.0)},
            "epochs",
        ),
        ("lightgbm", {"learning_rate": loguniform(1e-2, 1.0)}, "n_estimators"),
    ],
    ids=["mlp", "forest", "hist", "pipeline", "lightgbm"],
)
def test_all_that_trains_on(estimator, space, resource):
    if estimator == "lightgbm":
        lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra")
        estimator = lightgbm.LGBMClassifier(random_state=0, verbose=-1, n_jobs=1)
    search = new_search(estimator, space, error_score="raise").fit(*IRIS)
    assert search.resource_ == resource
    assert search.n_resources_ == [2, 4, 6, 7]
    assert search.n_candidates_ == [5, 5, 5, 5]
    assert search.best_estimator_.predict(IRIS[0]).shape == (150,)
    if resource != "epochs":
        assert search.best_params_[resource] == 7
        assert search.best_estimator_.get_params()[resource] == 7
    assert search.best_estimator_.get_params().get("warm_start", False) is False


def test_a_net_of_skorch():
    torch = pytest.importorskip("torch", reason="torch is an extra")
    skorch = pytest.importorskip("skorch", reason="skorch is an extra")

    class Net(torch.nn.Module):
        def __init__(self, dropout=0.0, width=8):
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Linear(64, width),
                torch.nn.ReLU(),
                torch.nn.Dropout(dropout),
                torch.nn.Linear(width, 10),
            )

        def forward(self, x):
            return self.layers(x)

    X, y = load_digits(return_X_y=True)
    X, y = (X[:150] / 16).astype(np.float32), y[:150].astype(np.int64)
    net = skorch.NeuralNetClassifier(
        Net, criterion=torch.nn.CrossEntropyLoss, batch_size=32, verbose=0
    )
    space = {
        "lr": loguniform(1e-3, 1.0),
        "optimizer__weight_decay": loguniform(1e-6, 1e-2),
        "module__dropout": (0.0, 0.5),
        "module__width": [4, 8, 16],
    }
    search = new_search(net, space, error_score="raise").fit(X, y)
    assert search.fixed_params_ == ["module__width"]
    trials = search.history_.trials
    children = [trial for trial in trials if trial.parent is not None]
    assert children
    for child in children:
        parent = trials[child.parent].params
        assert child.params["module__width"] == parent["module__width"]
        assert child.params["module__dropout"] != parent["module__dropout"]
    assert len(search.best_estimator_.history) == 7
    [group] = search.best_estimator_.optimizer_.param_groups
    assert group["lr"] == search.best_params_["lr"]


def test_fixed_parameters_are_handed_on_with_the_weights():
    space = {**SPACE, "penalty": ["l1", "l2"]}
    search = new_search(space=space, fixed_params=["penalty"], max_resources=20)
    search.fit(*IRIS)
    assert search.fixed_params_ == ["penalty"]
    trials = search.history_.trials
    children = [trial for trial in trials if trial.parent is not None]
    assert children
    for child in children:
        parent = trials[child.parent]
        assert child.params["penalty"] == parent.params["penalty"]
        assert child.params["eta0"] != parent.params["eta0"]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@EXPLORES
def test_models_of_several_kinds_compete(explore):
    """A step that is searched stays, with the branch of the space that it is in."""
    pipeline = Pipeline([("scale", StandardScaler()), ("m", SGD)])
    space = [
        {"m": [SGD], "m__eta0": loguniform(1e-4, 1e1)},
        {"m": [MLP], "m__learning_rate_init": loguniform(1e-4, 1.0)},
        {"m": [MLP], "m__momentum": (0.0, 0.9), "scale__with_mean": [True, False]},
    ]
    options = {"population_size": 8, "explore": explore, "error_score": "raise"}
    search = new_search(pipeline, space, **options).fit(*IRIS)
    assert search.fixed_params_ == ["m", "scale__with_mean"]
    trials = search.history_.trials
    children = [trial for trial in trials if trial.parent is not None]
    assert children
    for child in children:
        parent = trials[child.parent].params
        assert child.params.keys() == parent.keys()
        assert child.params["m"] is parent["m"]
    kind = type(search.best_params_["m"])
    assert isinstance(search.best_estimator_["m"], kind)


# -- no peeping ----------------------------------------------------------------------


class Spying(SGDRegressor):
    """Notes the rows it is trained on, across all from whom it took over."""

    def partial_fit(self, X, y, **params):
        self.seen_ = getattr(self, "seen_", set()) | set(X[:, 0].astype(int).tolist())
        return super().partial_fit(X / 60, y, **params)

    def score(self, X, y):
        assert not self.seen_ & set(X[:, 0].astype(int).tolist())
        return super().score(X / 60, y)


@settings(max_examples=15, deadline=None)
@given(
    n_splits=st.integers(1, 4),
    seed=st.integers(0, 2**16),
    size=st.integers(2, 6),
    quantile=st.floats(0.1, 0.5),
)
def test_no_row_is_scored_by_who_was_trained_on_it(n_splits, seed, size, quantile):
    X = np.arange(60.0)[:, None]
    y = np.random.default_rng(seed).normal(size=60)
    search = new_search(
        Spying(random_state=0),
        cv=ShuffleSplit(n_splits, test_size=0.3),  # unseeded: it draws when asked
        population_size=size,
        quantile=quantile,
        error_score="raise",
        refit=False,
        random_state=seed,
    ).fit(X, y)
    assert any(trial.parent is not None for trial in search.history_.trials)


# -- the same log, whatever happens --------------------------------------------------


@EXPLORES
def test_workers_change_nothing(explore):
    expected = log_of(new_search(explore=explore).fit(*IRIS))
    assert log_of(new_search(explore=explore, n_jobs=2).fit(*IRIS)) == expected
    with ThreadPoolExecutor(3) as pool:
        found = new_search(explore=explore, executor=pool).fit(*IRIS)
    assert log_of(found) == expected


class Dies(Exception):
    """Ends a search from within."""


class After(Callback):
    """Ends a search after some results, as a crash would."""

    def __init__(self, n):
        self.n = n

    def on_evaluation(self, history, evaluation):
        self.n -= 1
        if self.n == 0:
            raise Dies


@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "lost"])
@pytest.mark.parametrize(
    ("n", "explore"),
    [*((n, "perturb") for n in (1, 7, 10, 11, 24, 39)), (11, "pb2"), (24, "pb2")],
)
def test_a_search_that_dies_goes_on_from_its_journal(tmp_path, n, keeps, explore):
    options = {"seed_fits": True, "explore": explore}
    expected = new_search(**options).fit(*IRIS)
    journal = tmp_path / "search.jsonl"
    with pytest.raises(Dies):
        new_search(**options, journal=journal, callbacks=[After(n)]).fit(*IRIS)
    if not keeps:
        for path in Path(f"{journal}.checkpoints").iterdir():
            path.unlink()
    search = new_search(**options, journal=journal)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if not keeps else "error")
        search.fit(*IRIS)
    assert log_of(search) == log_of(expected)
    assert search.best_schedule_ == expected.best_schedule_
    assert not os.path.exists(f"{journal}.checkpoints")


@pytest.mark.parametrize(
    "change",
    [
        {"population_size": 6},
        {"quantile": 0.5},
        {"step": 1},
        {"explore": "resample"},
        {"explore": "pb2"},
    ],
)
def test_other_rules_are_refused_by_the_journal(tmp_path, change):
    journal = tmp_path / "search.jsonl"
    new_search(journal=journal, max_fits=4).fit(*IRIS)
    with pytest.raises(HistoryMismatchError, match="its rungs"):
        new_search(journal=journal, **change).fit(*IRIS)


@EXPLORES
def test_lost_checkpoints_change_nothing(tmp_path, monkeypatch, explore):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    expected = new_search(seed_fits=True, explore=explore).fit(*IRIS)

    class Losing(Callback):
        def on_evaluation(self, history, evaluation):
            for path in tmp_path.glob("sksearch_*/*.pkl"):
                path.unlink()

    with pytest.warns(UserWarning, match="cannot be read"):
        found = new_search(seed_fits=True, explore=explore, callbacks=[Losing()]).fit(
            *IRIS
        )
    assert log_of(found) == log_of(expected)


def test_checkpoints_go_when_nobody_needs_them(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    counts = []

    class Watch(Callback):
        def on_evaluation(self, history, evaluation):
            counts.append(len(list(tmp_path.glob("sksearch_*/*.pkl"))))

    search = new_search(max_resources=20, callbacks=[Watch()]).fit(*IRIS)
    assert 0 < max(counts) <= 2 * 2 * 5  # two generations, on two folds
    assert counts[-1] == 0
    assert list(tmp_path.iterdir()) == []
    assert search.checkpoint_bytes_ > 0


def test_who_does_not_wait_trains_as_much():
    search = new_search(asynchronous=True, n_jobs=2).fit(*IRIS)
    assert search.n_candidates_ == [5, 5, 5, 5]


# -- scored again ----------------------------------------------------------------------


AGAIN = ShuffleSplit(3, test_size=0.4, random_state=7)


def rechecked(search):
    """Yield each row that was scored again, with its schedule and its scores."""
    table = search.cv_results_
    rows = candidate_rows(search.history_)
    for row in np.flatnonzero(np.isfinite(table["mean_recheck_score"])):
        schedule = [(r, t.params) for t, r in schedule_of(search.history_, rows[row])]
        yield schedule, [table[f"split{k}_recheck_score"][row] for k in range(3)]


@EXPLORES
def test_who_is_scored_again_is_trained_along_its_schedule(explore):
    X, y = IRIS
    options = {"n_recheck": 4, "recheck_cv": AGAIN, "explore": explore}
    search = new_search(max_resources=12, quantile=0.5, **options).fit(X, y)
    found = list(rechecked(search))
    assert len(found) == 4
    assert max(len(schedule) for schedule, _ in found) > 1
    for schedule, scores in found:
        models = [(by_hand(schedule, X[a], y[a]), b) for a, b in AGAIN.split(X)]
        assert scores == [model.score(X[b], y[b]) for model, b in models]
    means = search.cv_results_["mean_recheck_score"]
    assert means[search.best_index_] == np.nanmax(means)
    expected = by_hand(search.best_schedule_, X, y)
    np.testing.assert_array_equal(search.best_estimator_.coef_, expected.coef_)
    assert search.cost_["fits"] == 5 * 6 * 2 + 4 * 3


def test_members_that_end_alike_are_scored_again_by_their_schedules():
    """Few choices, and members with the same one: each is another model."""
    search = new_search(
        space={"eta0": [0.001, 0.01, 0.1, 1.0]},
        quantile=0.5,
        n_recheck=9,
        recheck_cv=AGAIN,
        max_resources=20,
    ).fit(*IRIS)
    last = [schedule[-1][1]["eta0"] for schedule, _ in rechecked(search)]
    assert len(last) == 4
    assert len(set(last)) < 4
    again = [trial.tags["candidate"] for trial in search.recheck_history_.trials]
    assert sorted(again) == sorted(search.history_.ranked())


@pytest.mark.parametrize("n", [41, 51])
def test_a_recheck_that_dies_goes_on_from_its_journal(tmp_path, n):
    options = {"n_recheck": 4, "recheck_cv": AGAIN, "seed_fits": True}
    expected = new_search(**options).fit(*IRIS)
    journal = tmp_path / "search.jsonl"
    with pytest.raises(Dies):
        new_search(**options, journal=journal, callbacks=[After(n)]).fit(*IRIS)
    search = new_search(**options, journal=journal).fit(*IRIS)
    found, wanted = list(rechecked(search)), list(rechecked(expected))
    assert found == wanted
    assert search.best_schedule_ == expected.best_schedule_


def test_time_for_whole_schedules_is_kept_back():
    search = new_search().fit(*IRIS)
    history = search.history_
    best = history.incumbent()
    own = [(best, resource) for resource in history.resources(best)]
    path = [*((t.id, r) for t, r in history.inherited(best)), *own]
    folds = [fold for task in path for fold in history.evaluations(*task).values()]
    seconds = sum(fold.fit_time + fold.score_time for fold in folds)
    assert expected_seconds(history, 10, goes_on=True) == pytest.approx(
        10 * seconds / 2
    )


# -- what is shown -------------------------------------------------------------------


def test_metadata_comes_true():
    search = new_search()
    told = search.metadata(*IRIS)
    assert told == search.metadata()
    assert search.fit(*IRIS).metadata_ == told
    assert told["n_fits"] == search.cost_["fits"] == 5 * 4 * 2
    assert told["total_resources"] == 5 * 7


def test_the_table_tells_of_members_and_parents():
    search = new_search().fit(*IRIS)
    table = search.cv_results_
    assert len(table["params"]) == 20
    for step, n in enumerate(search.n_resources_):
        here = table["iter"] == step
        assert (table["n_resources"][here] == n).all()
        assert sorted(table["member"][here]) == [0, 1, 2, 3, 4]
    born = table["parent"] >= 0
    assert born.any()
    assert (table["parent"][born] < table["candidate"][born]).all()
    assert table["rank_test_score"][search.best_index_] == 1
    assert table["n_resources"][search.best_index_] == 7


def test_curves_begin_where_they_were_taken_over():
    search = new_search().fit(*IRIS)
    frame = TrainingCurvesDisplay.from_search(search).frame()
    history = search.history_
    for trial in history.trials:
        curve = frame[frame.candidate == trial.id]
        if trial.parent is not None:
            low = curve.resource.min()
            assert low < trial.resource
            taken = curve.score[curve.resource == low].item()
            assert taken == history.score(trial.parent, low)
    best = frame[frame.best]
    assert best.resource.max() == 7


def test_a_report_has_it_all(tmp_path):
    search = new_search().fit(*IRIS)
    text = write_report(search, tmp_path / "page.html").read_text()
    assert "PopulationSearchCV" in text


@pytest.mark.parametrize("limit", [{"max_fits": 13}, {"max_fits": 1}])
def test_a_budget_ends_it(limit):
    search = new_search(**limit).fit(*IRIS)
    assert search.cost_["fits"] == max(limit["max_fits"], 2)
    assert search.best_estimator_.score(*IRIS) > 0.2


class Fragile(SGDClassifier):
    """Fails with large rates."""

    def partial_fit(self, X, y, **params):
        if self.eta0 > 0.5:
            raise ArithmeticError("too fast")
        return super().partial_fit(X, y, **params)


def test_who_fails_takes_over_from_somebody():
    fragile = Fragile(learning_rate="constant", random_state=0)
    first = [{"eta0": 5.0, "alpha": 1e-3}, {"eta0": 1e-2, "alpha": 1e-3}]
    search = new_search(fragile, initial_params=first, resample_probability=0.0)
    with pytest.warns() as warned:
        search.fit(*IRIS)
    assert {w.category for w in warned} == {FitFailedWarning, UserWarning}
    history = search.history_
    assert history.status(0) == "failed"
    assert history.resources(0) == [2]
    heirs = [t for t in history.trials if t.tags["member"] == 0 and t.parent]
    assert heirs
    assert search.best_score_ > 0.5


def test_in_other_searches_and_cross_validation(tmp_path):
    plain = cross_validate(new_search(), *IRIS, cv=3)["test_score"]
    nested = nested_cross_validate(new_search(), *IRIS, cv=3)
    np.testing.assert_array_equal(nested.test_scores["score"], plain)
    folder = str(tmp_path) + os.sep
    cross_validate(new_search(journal=folder), *IRIS, cv=3)
    assert len(list(tmp_path.glob("*.jsonl"))) == 3
    piped = make_pipeline(StandardScaler(), new_search()).fit(*IRIS)
    assert piped.score(*IRIS) > 0.8
    copied = pickle.loads(pickle.dumps(piped[-1]))
    assert copied.best_schedule_ == piped[-1].best_schedule_
    assert not hasattr(clone(copied), "best_schedule_")


def test_a_small_space_has_no_twins_at_birth():
    search = new_search(space={"eta0": [0.1, 0.01, 0.001]}).fit(*IRIS)
    assert search.n_candidates_ == [3, 3, 3, 3]
    born = [t.params["eta0"] for t in search.history_.trials if t.parent is None]
    assert sorted(born) == [0.001, 0.01, 0.1]


def test_the_last_step_may_be_shorter_and_shares_are_shares():
    assert new_search(step=0.25, max_resources=8).fit(*IRIS).n_resources_ == [
        2,
        4,
        6,
        8,
    ]
    assert new_search(step=1.0).fit(*IRIS).n_resources_ == [7]
    assert new_search(step=1e-9).fit(*IRIS).n_resources_ == list(range(1, 8))


def test_explored_parameters_lie_in_the_space():
    search = new_search(max_resources=30).fit(*IRIS)
    space = SearchSpace(SPACE)
    assert all(space.allows(trial.params) for trial in search.history_.trials)


def test_times_are_those_of_the_whole_lineage():
    scoring = {"acc": "accuracy", "time": neg_fit_time}
    search = new_search(scoring=scoring, refit="acc").fit(*IRIS)
    history = search.history_
    for trial in history.trials:
        own = [(trial, resource) for resource in history.resources(trial.id)]
        path = [(t.id, r) for t, r in (*history.inherited(trial.id), *own)]
        for fold in range(2):
            spent = sum(history.evaluations(*task)[fold].fit_time for task in path)
            told = history.evaluations(*path[-1])[fold].scores["time"]
            assert -told == pytest.approx(spent)


def test_idle_workers_are_told_of():
    with (
        ThreadPoolExecutor(12) as pool,
        pytest.warns(UserWarning, match="Raise population_size, or lower n_jobs"),
    ):
        new_search(n_jobs=12, executor=pool).fit(*IRIS)


def test_the_command_line_shows_it(tmp_path, capsys):
    journal = str(tmp_path / "search.jsonl")
    search = new_search(journal=journal).fit(*IRIS)
    main(["show", journal])
    assert f"{search.best_score_:.3f}"[:5] in capsys.readouterr().out


# -- bad input -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"population_size": 1}, "'population_size' parameter of PopulationSearchCV"),
        ({"quantile": 0.0}, "'quantile' parameter of PopulationSearchCV"),
        ({"quantile": 0.6}, "'quantile' parameter of PopulationSearchCV"),
        ({"step": 8}, "step=8 is larger than max_resources=7"),
        ({"step": 0}, "'step' parameter of PopulationSearchCV"),
        ({"step": 1.5}, "'step' parameter of PopulationSearchCV"),
        ({"explore": "walk"}, "'explore' parameter of PopulationSearchCV"),
        ({"fixed_params": ["eta"]}, r"fixed_params has \['eta'\], which are not in"),
        (
            {"fixed_params": ["eta0", "alpha"]},
            r"fixed_params=\['eta0', 'alpha'\] leaves nothing that may change",
        ),
        (
            {
                "fixed_params": ["alpha"],
                "space": {"alpha": (0.1, 1.0), "loss": ["hinge"]},
            },
            r"fixed_params=\['alpha'\] leaves nothing [\s\S]*\['loss'\] cannot change",
        ),
        ({"resource": "n_samples"}, "cannot be trained on by resource='n_samples'"),
        (
            {"estimator": SVC(), "space": {"C": (0.1, 1.0)}, "max_resources": 50},
            "cannot be trained on by resource='n_samples'",
        ),
        (
            {
                "estimator": LogisticRegression(),
                "space": {"C": (0.1, 1.0)},
                "max_resources": "auto",
            },
            "Use HyperbandSearchCV, or pass step=1.0",
        ),
        (
            {
                "estimator": GradientBoostingClassifier(),
                "space": {"learning_rate": (0.1, 1.0)},
            },
            r"None of \['learning_rate'\] may change while GradientBoosting",
        ),
        (
            {"estimator": MLP, "space": {"hidden_layer_sizes": [(2,), (4,)]}},
            r"None of \['hidden_layer_sizes'\] may change",
        ),
    ],
)
def test_bad_input_is_named(params, error):
    with pytest.raises(ValueError, match=error):
        new_search(**params).fit(*IRIS)


def test_verbose_says_what_was_chosen(capsys):
    new_search(verbose=1).fit(*IRIS)
    said = capsys.readouterr().out
    assert "resource 'epochs' to 7: 5 members, compared every 2" in said
