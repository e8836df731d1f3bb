"""From 0 to c is the same as from 0 to b, through a file, and on to c."""

import pickle
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import Perceptron, SGDClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from sksearch.evaluation import (
    AddedTrees,
    Checkpoints,
    Fit,
    LastStep,
    Passes,
    Redone,
    Rows,
    TrainOn,
    WarmStart,
)
from sksearch.evaluation._row_order import row_order
from sksearch.exceptions import CheckpointError, CheckpointWarning
from sksearch.history import Trial

X, Y = make_classification(300, 8, n_informative=5, n_classes=3, random_state=0)
WEIGHTS = np.random.default_rng(0).random(300) + 0.5


def piped(model):
    return Pipeline([("scale", StandardScaler()), ("reduce", PCA(5)), ("m", model)])


CASES = {
    "sgd": (SGDClassifier(random_state=0), Passes()),
    "sgd-global": (SGDClassifier(), Passes()),
    "perceptron": (Perceptron(random_state=0), Passes()),
    "one-vs-rest": (OneVsRestClassifier(SGDClassifier(random_state=0)), Passes()),
    "mlp": (MLPClassifier(8, random_state=0), Passes()),
    "mlp-global": (MLPClassifier(8), Passes()),
    "kmeans": (MiniBatchKMeans(3, random_state=0), Passes()),
    "forest": (RandomForestClassifier(random_state=0), WarmStart("n_estimators")),
    "extra": (ExtraTreesClassifier(random_state=0), WarmStart("n_estimators")),
    "bagging": (BaggingClassifier(random_state=0), WarmStart("n_estimators")),
    "boosting": (
        GradientBoostingClassifier(random_state=0, subsample=0.7),
        WarmStart("n_estimators"),
    ),
    "hist": (
        HistGradientBoostingClassifier(random_state=0, max_features=0.5),
        WarmStart("max_iter"),
    ),
    "pipeline-sgd": (
        piped(SGDClassifier(random_state=0)),
        LastStep("m", Passes()),
    ),
    "pipeline-hist": (
        piped(HistGradientBoostingClassifier(random_state=0)),
        LastStep("m", WarmStart("max_iter")),
    ),
    "redone": (ExtraTreesClassifier(10, random_state=0), Redone("max_depth")),
    "rows": (GaussianNB(), Rows(9, "stratified")),
}


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def added_trees(**params):
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra")
    model = lightgbm.LGBMClassifier(random_state=0, verbose=-1, n_jobs=1, **params)
    return model, AddedTrees("n_estimators", "init_model")


def case(name):
    if name == "lightgbm":
        return added_trees()
    if name == "xgboost":
        xgboost = pytest.importorskip("xgboost", reason="no extra holds XGBoost")
        model = xgboost.XGBClassifier(random_state=0, n_jobs=1)
        return model, AddedTrees("n_estimators", "xgb_model")
    if name == "catboost":
        catboost = pytest.importorskip("catboost", reason="no extra holds CatBoost")
        # Its automatic rate depends on the number of trees.
        model = catboost.CatBoostClassifier(
            random_state=0,
            verbose=0,
            thread_count=1,
            learning_rate=0.1,
            allow_writing_files=False,
        )
        return model, AddedTrees("iterations", "init_model")
    return CASES[name]


def predicted(estimator):
    method = getattr(estimator, "predict_proba", estimator.predict)
    try:
        return method(X)
    except AttributeError:  # hinge losses have no probabilities
        return estimator.predict(X)


def trained(folder, estimator, training, resources, params=None):
    """Train from resource to resource, each time as another process would."""
    train = TrainOn(training, Checkpoints(str(folder), 10**9), 1, resources[-1])
    for k, resource in enumerate(resources):
        fit = Fit(Trial(0, {}), resource, 0, tuple(resources[:k]))
        fresh = clone(estimator)
        if k:  # whatever else has drawn in the meantime
            np.random.random(17)
        result = train(fit, fresh, X, Y, params or {})
        assert pickle.loads(pickle.dumps(fit)) == fit
    return result


@pytest.mark.parametrize("name", [*CASES, "lightgbm", "xgboost"])
def test_from_0_to_c_is_from_0_to_b_to_c(name, tmp_path):
    estimator, training = case(name)
    results = []
    for path in ([9], [3, 9], [1, 2, 9]):
        np.random.seed(5)
        folder = tmp_path / str(len(path))
        folder.mkdir()
        results.append(trained(folder, estimator, training, path))
    for other in results[1:]:
        np.testing.assert_array_equal(predicted(results[0]), predicted(other))


@pytest.mark.parametrize("name", ["sgd", "forest", "hist", "lightgbm"])
def test_weights_reach_every_segment(name, tmp_path):
    estimator, training = case(name)
    params = {"sample_weight": WEIGHTS}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    once = trained(tmp_path / "a", estimator, training, [12], params)
    parts = trained(tmp_path / "b", estimator, training, [4, 12], params)
    plain = trained(tmp_path / "b", estimator, training, [12])
    np.testing.assert_allclose(predicted(once), predicted(parts))
    assert np.abs(predicted(once) - predicted(plain)).max() > 0


def test_the_number_of_trees_is_the_resource(tmp_path):
    estimator, training = added_trees()
    result = trained(tmp_path, estimator, training, [2, 5, 11])
    assert result.booster_.num_trees() == 3 * 11
    assert result.get_params()["n_estimators"] == 11
    assert result.get_params()["random_state"] == 0
    forest = trained(tmp_path, *CASES["forest"], [2, 5, 11])
    assert len(forest.estimators_) == 11


@pytest.mark.parametrize("name", ["xgboost", "catboost"])
def test_other_boosters_add_as_many_trees(name, tmp_path):
    result = trained(tmp_path, *case(name), [2, 5, 11])
    found = {
        "xgboost": lambda: result.get_booster().num_boosted_rounds(),
        "catboost": lambda: result.tree_count_,
    }
    assert found[name]() == 11
    assert (result.predict(X).ravel() == Y).mean() > 0.7


def test_segments_of_sampled_trees_draw_other_rows(tmp_path):
    estimator, training = added_trees(subsample=0.5, subsample_freq=1)
    result = trained(tmp_path, estimator, training, [5, 10])
    per_class = result.booster_.trees_to_dataframe()
    trees = per_class.groupby("tree_index").threshold.apply(list)
    first, second = trees.iloc[:15].tolist(), trees.iloc[15:].tolist()
    assert first != second
    # A replay of the segments gives the same, that of another seed does not.
    again = trained(tmp_path, estimator, training, [5, 10])
    np.testing.assert_array_equal(predicted(result), predicted(again))


def test_the_search_owns_the_number_of_iterations(tmp_path):
    big = np.random.default_rng(0).normal(size=(12_000, 2))
    target = big[:, 0]
    model = HistGradientBoostingRegressor(tol=10.0, n_iter_no_change=1)
    training = WarmStart("max_iter")
    training.advance(model, big, target, 0, 8, {})
    assert model.n_iter_ == 8
    best = HistGradientBoostingRegressor(tol=10.0, n_iter_no_change=1, max_iter=8)
    training.refit(best, big, target, 8, {})
    assert best.n_iter_ == 8
    assert best.warm_start is False


def test_balanced_weights_are_those_of_the_rows():
    rows, labels = X[:160], Y[:160]
    found = SGDClassifier(class_weight="balanced", random_state=0, early_stopping=True)
    Passes().advance(found, rows, labels, 0, 3, {})
    shares = np.bincount(labels) / len(labels)
    weights = {k: 1 / (3 * share) for k, share in enumerate(shares)}
    expected = SGDClassifier(class_weight=weights, random_state=0)
    for number in range(3):  # as many seeds: each pass shuffles anew
        expected.set_params(random_state=number)
        expected.partial_fit(rows, labels, classes=[0, 1, 2])
    np.testing.assert_allclose(found.coef_, expected.coef_)


class Drawing(BaseEstimator):
    """Shuffles its rows as scikit-learn does: by a generator made anew at each pass."""

    def __init__(self, random_state=None, shuffle=True):
        self.random_state = random_state
        self.shuffle = shuffle

    def partial_fit(self, X, y=None):
        drawn = check_random_state(self.random_state).permutation(len(X)).tolist()
        self.orders_ = [*getattr(self, "orders_", []), drawn]


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_no_two_passes_see_the_rows_in_the_same_order(seed, steps):
    model, done = Drawing(seed), 0
    for step in steps:
        Passes().advance(model, X, None, done, done + step, {})
        done += step
    assert len({tuple(order) for order in model.orders_}) == done
    first = Drawing(seed)
    first.partial_fit(X)
    assert model.orders_[0] == first.orders_[0]
    assert model.random_state == seed


def test_what_shuffles_no_rows_keeps_its_seed():
    model = Drawing(3, shuffle=False)
    Passes().advance(model, X, None, 0, 3, {})
    assert len({tuple(order) for order in model.orders_}) == 1


def several(n_rows=60):
    rows, y = make_multilabel_classification(n_rows, 5, n_classes=3, random_state=0)
    return rows, y


@pytest.mark.parametrize("steps", [(4,), (1, 2, 1)], ids=str)
def test_estimators_within_one_shuffle_anew_as_each_would_alone(steps):
    rows, y = several()
    model, done = MultiOutputClassifier(SGDClassifier(random_state=5)), 0
    for step in steps:
        Passes().advance(model, rows, y, done, done + step, {})
        done += step
        model = pickle.loads(pickle.dumps(model))
    for part, column in zip(model.estimators_, y.T, strict=True):
        alone = SGDClassifier(random_state=5)
        Passes().advance(alone, rows, column, 0, done, {})
        np.testing.assert_array_equal(part.coef_, alone.coef_)
    assert {part.random_state for part in [model.estimator, *model.estimators_]} == {5}


@pytest.mark.parametrize("cls", [OneVsRestClassifier, OneVsOneClassifier])
def test_estimators_of_classes_shuffle_anew_too(cls):
    model, once = (cls(SGDClassifier(random_state=5)) for _ in range(2))
    Passes().advance(model, X, Y, 0, 1, {})
    once.partial_fit(X, Y, classes=[0, 1, 2])
    Passes().advance(model, X, Y, 1, 3, {})
    for number in (1, 2):
        for part in once.estimators_:
            part.random_state = 5 + number
        once.partial_fit(X, Y)
    for part, expected in zip(model.estimators_, once.estimators_, strict=True):
        np.testing.assert_array_equal(part.coef_, expected.coef_)


def test_a_pass_that_fails_leaves_the_seed_as_it_was():
    model = SGDClassifier(random_state=7)
    Passes().advance(model, X, Y, 0, 2, {})
    with pytest.raises(ValueError, match="features"):
        Passes().advance(model, X[:, :2], Y, 2, 4, {})
    assert model.random_state == 7


def test_the_head_of_a_pipeline_is_fitted_once(tmp_path):
    class Counting(StandardScaler):
        n_fits = 0

        def fit(self, X, y=None, sample_weight=None):
            Counting.n_fits += 1
            return super().fit(X, y, sample_weight)

    model = Pipeline([("scale", Counting()), ("m", SGDClassifier(random_state=0))])
    trained(tmp_path, model, LastStep("m", Passes()), [1, 3, 9])
    assert Counting.n_fits == 1


def test_rows_that_are_encoded_by_their_target_stay_as_they_were(tmp_path):
    """To transform the training rows again would tell each of its own target."""
    rows = np.random.default_rng(0).integers(0, 60, size=(300, 1)).astype(str)
    labels = np.random.default_rng(1).integers(0, 2, size=300)
    encoder = TargetEncoder(cv=StratifiedKFold(3))
    model = Pipeline([("encode", encoder), ("m", SGDClassifier(random_state=0))])
    training = LastStep("m", Passes())
    results = []
    for number, path in enumerate(([9], [1, 3, 9])):
        (tmp_path / str(number)).mkdir()
        folder = Checkpoints(str(tmp_path / str(number)), 10**9)
        train = TrainOn(training, folder, 1, 9)
        for k, resource in enumerate(path):
            fit = Fit(Trial(0, {}), resource, 0, tuple(path[:k]))
            result = train(fit, clone(model), rows, labels, {})
        results.append(result["m"].coef_)
    np.testing.assert_array_equal(*results)


class Oversampler(BaseEstimator):
    """Turns the rows round and repeats those of the smaller class."""

    def fit_resample(self, X, y):
        small = np.flatnonzero(y == np.argmin(np.bincount(y)))
        rows = np.concatenate([np.arange(len(y))[::-1], small])
        return X[rows], y[rows]

    def fit(self, X, y):
        return self

    def transform(self, X):
        return X


class ResamplingPipeline(Pipeline):
    """Fits and transforms as the one of imbalanced-learn, which is no dependency."""

    def fit(self, X, y=None, **params):
        X, y = self._resampled(X, y)
        self.steps[-1][1].fit(X, y)
        return self

    def fit_transform(self, X, y=None, **params):
        X, y = self._resampled(X, y)
        return self.steps[-1][1].fit_transform(X, y)

    def _resampled(self, X, y):
        for _, step in self.steps[:-1]:
            if hasattr(step, "fit_resample"):
                X, y = step.fit_resample(X, y)
            else:
                X = step.fit_transform(X, y)
        return X, y


def test_steps_that_resample_tell_the_last_one_which_targets_are_left(tmp_path):
    rows, labels = X[:, :3], (Y > 0).astype(int)
    steps = [("scale", StandardScaler()), ("more", Oversampler())]
    model = ResamplingPipeline([*steps, ("m", SGDClassifier(random_state=0))])
    training, scores = LastStep("m", Passes()), []
    for path in ([9], [1, 3, 9]):
        folder = tmp_path / str(len(path))
        folder.mkdir()
        train = TrainOn(training, Checkpoints(str(folder), 10**9), 1, 9)
        for k, resource in enumerate(path):
            fit = Fit(Trial(0, {}), resource, 0, tuple(path[:k]))
            result = train(fit, clone(model), rows, labels, {})
        scores.append(result["m"].coef_)
    np.testing.assert_array_equal(*scores)
    scaled = StandardScaler().fit_transform(rows)
    by_hand = Oversampler().fit_resample(scaled, labels)
    (tmp_path / "hand").mkdir()
    train = TrainOn(Passes(), Checkpoints(str(tmp_path / "hand"), 10**9), 1, 9)
    expected = train(
        Fit(Trial(0, {}), 9, 0, ()), SGDClassifier(random_state=0), *by_hand, {}
    )
    np.testing.assert_array_equal(scores[0], expected.coef_)


def test_parameters_of_fit_find_their_step(tmp_path):
    model = Pipeline(
        [("scale", StandardScaler()), ("m", SGDClassifier(random_state=0))]
    )
    params = {"m__sample_weight": WEIGHTS, "scale__sample_weight": WEIGHTS}
    result = trained(tmp_path, model, LastStep("m", Passes()), [1, 4], params)
    mean = np.average(X, axis=0, weights=WEIGHTS)
    np.testing.assert_allclose(result["scale"].mean_, mean)


# -- checkpoints ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sgd", "mlp", "hist", "lightgbm", "pipeline-sgd"])
@pytest.mark.parametrize("damage", ["missing", "torn", "garbage"])
def test_a_lost_checkpoint_costs_time_and_nothing_else(name, damage, tmp_path):
    estimator, training = case(name)
    (tmp_path / "whole").mkdir()
    expected = trained(tmp_path / "whole", estimator, training, [1, 3, 9])
    train = TrainOn(training, Checkpoints(str(tmp_path), 10**9), 1, 9)
    trial = Trial(0, {})
    train(Fit(trial, 1, 0), clone(estimator), X, Y, {})
    train(Fit(trial, 3, 0, (1,)), clone(estimator), X, Y, {})
    path = tmp_path / "0-0-3.pkl"
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[: len(content) // 2] if damage == "torn" else b"no")
    with pytest.warns(CheckpointWarning, match="candidate 0 cannot be read"):
        result = train(Fit(trial, 9, 0, (1, 3)), clone(estimator), X, Y, {})
    np.testing.assert_array_equal(predicted(expected), predicted(result))


def test_a_full_disk_costs_no_result(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sksearch.evaluation._checkpoints._dump", full)
    train = TrainOn(Passes(), Checkpoints(str(tmp_path), 10**9), 1, 9)
    model = SGDClassifier(random_state=0)
    with pytest.warns(CheckpointWarning, match="No space left on device"):
        assert train(Fit(Trial(0, {}), 1, 0), model, X, Y, {}) is model
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_costs_no_result(tmp_path):
    checkpoints = Checkpoints(str(tmp_path / "gone"), 10**9)
    model = SGDClassifier(random_state=0)
    train = TrainOn(Passes(), checkpoints, 1, 9)
    with pytest.warns(CheckpointWarning, match="could not be written: No such file"):
        assert train(Fit(Trial(0, {}), 1, 0), model, X, Y, {}) is model
    assert checkpoints.n_bytes() == 0


class WithoutClasses(ClassifierMixin, BaseEstimator):
    """Learns the classes from its first rows."""

    def partial_fit(self, X, y):
        self.classes_ = np.unique(y)
        self.n_passes_ = getattr(self, "n_passes_", 0) + 1
        return self


def test_classes_are_given_to_whoever_asks_for_them():
    rows, labels = several()
    targets = np.column_stack([labels[:, 0], labels[:, 1] + 5])
    for model, y in [
        (MLPClassifier(4, random_state=0), labels),
        (MultiOutputClassifier(SGDClassifier(random_state=0)), targets),
        (WithoutClasses(), labels[:, 0]),
    ]:
        Passes().advance(model, rows, y, 0, 3, {})
        Passes().advance(model, rows, y, 3, 4, {})
        if isinstance(model, WithoutClasses):
            assert model.n_passes_ == 4
        else:
            assert model.predict(rows).shape == y.shape


class Asked(ClassifierMixin, BaseEstimator):
    """Notes in which passes it was told the classes, and what was to be checked."""

    def partial_fit(self, X, y, classes=None):
        self.told_ = [*getattr(self, "told_", []), classes is not None]
        config = get_config()
        checked = not (config["assume_finite"] or config["skip_parameter_validation"])
        self.checked_ = [*getattr(self, "checked_", []), checked]
        return self


class AlwaysAsks(Asked):
    def partial_fit(self, X, y, classes):
        return super().partial_fit(X, y, classes)


def test_the_first_pass_of_a_segment_is_told_the_classes_and_checks_the_rows():
    before = get_config()
    for model, later in ((Asked(), False), (AlwaysAsks(), True)):
        Passes().advance(model, X, Y, 0, 3, {})
        Passes().advance(model, X, Y, 3, 5, {})
        assert model.told_ == [True, later, later, True, later]
        assert model.checked_ == [True, False, False, True, False]
    assert get_config() == before


@pytest.mark.parametrize("model", [SGDClassifier(), MLPClassifier(4)])
def test_bad_rows_and_parameters_are_refused(model):
    with pytest.raises(ValueError, match="NaN"):
        Passes().advance(clone(model), np.full_like(X, np.nan), Y, 0, 3, {})
    with pytest.raises(ValueError, match="alpha"):
        Passes().advance(clone(model).set_params(alpha=-1.0), X, Y, 0, 3, {})


def test_what_cannot_be_pickled_is_said(tmp_path):
    class Locked(SGDClassifier):
        def partial_fit(self, *args, **kwargs):
            self.lock_ = threading.Lock()
            return super().partial_fit(*args, **kwargs)

    train = TrainOn(Passes(), Checkpoints(str(tmp_path), 10**9), 1, 9)
    with pytest.raises(CheckpointError, match="pass resource='n_samples'"):
        train(Fit(Trial(0, {}), 1, 0), Locked(), X, Y, {})
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_kept_of_who_has_arrived(tmp_path):
    train = TrainOn(Passes(), Checkpoints(str(tmp_path), 10**9), 1, 9)
    train(Fit(Trial(0, {}), 9, 0), SGDClassifier(), X, Y, {})
    assert list(tmp_path.iterdir()) == []


def test_the_generators_of_others_are_left_alone(tmp_path):
    train = TrainOn(Passes(), Checkpoints(str(tmp_path), 10**9), 1, 9)
    train(Fit(Trial(0, {}), 1, 0), SGDClassifier(), X, Y, {})
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    train(Fit(Trial(0, {}), 3, 0, (1,)), SGDClassifier(), X, Y, {})
    assert np.random.random() == expected


# -- rows ----------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(
    sizes=st.lists(st.integers(2, 40), min_size=1, max_size=4),
    seed=st.integers(0, 99),
    how=st.sampled_from(["stratified", "shuffled", "newest"]),
)
def test_samples_are_nested_and_hold_their_share_of_each_class(sizes, seed, how):
    y = np.repeat(np.arange(len(sizes)), sizes)
    y = np.random.default_rng(seed).permutation(y)
    order = row_order(len(y), y, how, seed)
    assert sorted(order) == list(range(len(y)))
    if how == "newest":
        assert order[0] == len(y) - 1
    for n in range(1, len(y) + 1) if how == "stratified" else ():
        counts = np.bincount(y[order[:n]], minlength=len(sizes))
        assert np.all(np.abs(counts - n * np.array(sizes) / len(y)) <= len(sizes))


def test_rows_are_fitted_in_their_order_and_all_at_the_end():
    seen = []

    class Watching(RandomForestRegressor):
        def fit(self, X, y, sample_weight=None):
            seen.append((X[:, 0].tolist(), y.tolist(), sample_weight))
            return self

    rows = np.arange(10.0)
    for stop in (3, 6, 10, 12):
        weights = {"sample_weight": rows + 100}
        Rows(10, "shuffled").advance(Watching(), rows[:, None], rows, 0, stop, weights)
    for inputs, target, weights in seen:
        assert inputs == target == sorted(target) == (weights - 100).tolist()
    assert [len(inputs) for inputs, _, _ in seen] == [3, 6, 10, 10]
    assert set(seen[0][0]) < set(seen[1][0]) < set(seen[2][0])
