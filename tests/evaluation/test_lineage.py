"""Going on from the state of another candidate: the same as if it had been one."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from sksearch.evaluation import (
    AddedTrees,
    Checkpoints,
    Epochs,
    Fit,
    LastStep,
    Passes,
    TrainOn,
    WarmStart,
)
from sksearch.exceptions import CheckpointError, CheckpointWarning
from sksearch.history import Trial

X, Y = make_classification(120, 6, n_informative=4, n_classes=3, random_state=0)


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def piped(model):
    return Pipeline([("scale", StandardScaler()), ("m", model)])


CASES = {
    "sgd": (
        SGDClassifier(learning_rate="constant", random_state=0),
        Passes(),
        [{"eta0": 1.0}, {"eta0": 0.01}, {"eta0": 1e-4}],
    ),
    "mlp-adam": (
        MLPClassifier(4, random_state=0),
        Passes(),
        [
            {"learning_rate_init": 0.1, "beta_1": 0.9},
            {"learning_rate_init": 0.01, "beta_1": 0.5},
            {"learning_rate_init": 1e-6, "beta_1": 0.5},
        ],
    ),
    "mlp-sgd": (
        MLPClassifier(4, solver="sgd", random_state=0),
        Passes(),
        [
            {"learning_rate_init": 0.1, "momentum": 0.9},
            {"learning_rate_init": 0.01, "momentum": 0.5},
            {"learning_rate_init": 1e-6, "momentum": 0.0},
        ],
    ),
    "forest": (
        RandomForestClassifier(random_state=0),
        WarmStart("n_estimators"),
        [{"max_depth": 1}, {"max_depth": 4}, {"max_depth": 2}],
    ),
    "hist": (
        HistGradientBoostingClassifier(random_state=0),
        WarmStart("max_iter"),
        [{"learning_rate": 0.5}, {"learning_rate": 0.1}, {"learning_rate": 1e-6}],
    ),
    "pipeline": (
        piped(SGDClassifier(learning_rate="constant", random_state=0)),
        LastStep("m", Passes()),
        [{"m__eta0": 1.0}, {"m__eta0": 0.01}, {"m__eta0": 1e-4}],
    ),
}


class Drawing(SGDClassifier):
    """Draws from numpy's global generator in each pass."""

    def partial_fit(self, X, y, **params):
        self.draws_ = [*getattr(self, "draws_", []), np.random.random()]
        return super().partial_fit(X, y, **params)


def case(name):
    if name == "lightgbm":
        lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra")
        model = lightgbm.LGBMClassifier(random_state=0, verbose=-1, n_jobs=1)
        training = AddedTrees("n_estimators", "init_model")
        rates = (0.5, 0.1, 1e-6)
        return model, training, [{"learning_rate": rate} for rate in rates]
    if name == "net":
        return new_net()
    return CASES[name]


def new_net():
    torch = pytest.importorskip("torch", reason="torch is an extra")
    skorch = pytest.importorskip("skorch", reason="skorch is an extra")
    from skorch.callbacks import LRScheduler

    class Net(torch.nn.Module):
        def __init__(self, dropout=0.1, width=8):
            super().__init__()
            self.inner = torch.nn.Linear(6, width)
            self.dropout = torch.nn.Dropout(dropout)
            self.outer = torch.nn.Linear(width, 3)

        def forward(self, x):
            return self.outer(self.dropout(torch.relu(self.inner(x))))

    net = skorch.NeuralNetClassifier(
        Net,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        callbacks=[
            ("decay", LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=2))
        ],
        train_split=None,
        verbose=0,
    )
    schedule = [
        {"lr": 0.1, "module__dropout": 0.2, "optimizer__weight_decay": 0.0},
        {"lr": 0.05, "module__dropout": 0.5, "optimizer__weight_decay": 0.1},
        {"lr": 1e-9, "module__dropout": 0.0, "optimizer__weight_decay": 0.1},
    ]
    return net, Epochs(), schedule


TRIALS = [(0, None, (2, 4)), (1, 0, (6,)), (2, 1, (8, 9))]


def fits(schedule):
    """Yield the fits of three candidates, each going on from the one before it."""
    path = []
    for (number, parent, resources), params in zip(TRIALS, schedule, strict=True):
        trial, inherited = Trial(number, params, resources[0], parent), tuple(path)
        for k, resource in enumerate(resources):
            yield Fit(trial, resource, 0, resources[:k], inherited=inherited)
            path.append((trial, resource))


def data(estimator):
    is_net = hasattr(estimator, "fit_loop")
    return (X.astype(np.float32), Y.astype(np.int64)) if is_net else (X, Y)


def train(train_on, fit, estimator):
    candidate = clone(estimator).set_params(**fit.trial.params)
    assert pickle.loads(pickle.dumps(fit)) == fit
    np.random.random(7)  # whatever else has drawn in the meantime
    return train_on(fit, candidate, *data(estimator), {})


def predicted(model):
    rows = data(model if not hasattr(model, "steps") else model[-1])[0]
    try:
        return model.predict_proba(rows)
    except AttributeError:
        return model.decision_function(rows)


def trainer(folder, training):
    return TrainOn(training, Checkpoints(str(folder), 10**9), 10, 10)


NAMES = [*CASES, "lightgbm", "net"]


@pytest.mark.parametrize("name", NAMES)
def test_a_lost_checkpoint_is_replayed_along_the_lineage(name, tmp_path):
    estimator, training, schedule = case(name)
    if name == "net":
        import torch

        torch.manual_seed(0)
    train_on = trainer(tmp_path, training)
    states, found = [], []
    np.random.seed(0)
    for fit in fits(schedule):
        if name == "net" and len(fit.path) == 1:
            states.append(torch.get_rng_state())
        found.append(predicted(train(train_on, fit, estimator)))
    for path in tmp_path.iterdir():
        path.unlink()
    for fit, expected in list(zip(fits(schedule), found, strict=True))[1:]:
        if name == "net":
            torch.set_rng_state(states[0])
        with pytest.warns(CheckpointWarning, match="cannot be read"):
            model = train(train_on, fit, estimator)
        np.testing.assert_array_equal(predicted(model), expected)
        for path in tmp_path.iterdir():
            path.unlink()


@pytest.mark.parametrize("name", NAMES)
def test_parameters_change_what_is_trained_later_and_nothing_before(name, tmp_path):
    """The last rates are next to nothing, so that hardly anything moves by them."""
    estimator, training, schedule = case(name)
    train_on = trainer(tmp_path, training)
    models = [train(train_on, fit, estimator) for fit in fits(schedule)]
    before, after = predicted(models[2]), predicted(models[-1])
    if name == "forest":  # nine trees, of which the last three have depth 2
        depths = [tree.get_depth() for tree in models[-1].estimators_]
        assert [d <= 1 for d in depths[:4]] == [True] * 4
        assert max(depths[4:6]) > 2
        assert max(depths[6:]) <= 2
        return
    moved = np.abs(after - before).max()
    assert moved < 0.05 * np.abs(before).max()
    assert np.abs(predicted(models[1]) - before).max() > moved


def test_passes_are_those_of_a_loop_by_hand(tmp_path):
    estimator, training, schedule = CASES["sgd"]
    train_on = trainer(tmp_path, training)
    models = [train(train_on, fit, estimator) for fit in fits(schedule)]
    by_hand = clone(estimator)
    seeds = iter(range(9))  # each pass shuffles anew
    for params, n in zip(schedule, (4, 2, 3), strict=True):
        by_hand.set_params(**params)
        for _ in range(n):
            by_hand.set_params(random_state=next(seeds))
            by_hand.partial_fit(X, Y, classes=[0, 1, 2])
    np.testing.assert_array_equal(models[-1].coef_, by_hand.coef_)


def test_random_numbers_go_on_from_the_parents(tmp_path):
    schedule = [{"alpha": alpha} for alpha in (1e-4, 1e-3, 1e-2)]
    drawing = Drawing(random_state=0)
    train_on = trainer(tmp_path, Passes())
    np.random.seed(3)
    *_, last = (train(train_on, fit, drawing) for fit in fits(schedule))
    expected = np.random.RandomState(3)
    expected.random_sample(7)
    assert last.draws_ == expected.random_sample(9).tolist()


def test_the_optimizer_of_a_net_goes_on(tmp_path):
    estimator, training, schedule = case("net")
    train_on = trainer(tmp_path, training)
    models = [train(train_on, fit, estimator) for fit in fits(schedule)]
    child, [group] = models[2], models[2].optimizer_.param_groups
    assert group["weight_decay"] == 0.1
    # Two epochs each, and a tenth of the rate: 0.05, lowered three times by then.
    assert group["lr"] == pytest.approx(0.05 * 0.1**3)
    assert group["initial_lr"] == 0.05
    assert child.module_.dropout.p == 0.5
    n_steps = {int(s["step"]) for s in child.optimizer_.state.values()}
    assert n_steps == {6}  # of Adam: all epochs, each of one batch
    assert len(models[-1].history) == 9


def test_weights_of_another_shape_are_told_by_name(tmp_path):
    estimator, training, _ = case("net")
    train_on = trainer(tmp_path, training)
    schedule = [{"module__width": width} for width in (4, 8, 8)]
    first, second, *rest = fits(schedule)
    for fit in (first, second):
        train(train_on, fit, estimator)
    with pytest.raises(CheckpointError, match="in fixed_params"):
        train(train_on, rest[0], estimator)


@pytest.mark.parametrize(
    ("model", "training", "name", "value", "may"),
    [
        (MLPClassifier(), Passes(), "learning_rate_init", 0.1, True),
        (MLPClassifier(), Passes(), "hidden_layer_sizes", (4,), False),
        (GradientBoostingClassifier(), WarmStart("n_estimators"), "subsample", 1, True),
        (
            GradientBoostingClassifier(),
            WarmStart("n_estimators"),
            "learning_rate",
            0.1,
            False,
        ),
        (piped(SGDClassifier()), LastStep("m", Passes()), "m__alpha", 0.1, True),
        (piped(SGDClassifier()), LastStep("m", Passes()), "m", None, False),
        (
            piped(SGDClassifier()),
            LastStep("m", Passes()),
            "scale__with_mean",
            True,
            False,
        ),
    ],
)
def test_what_may_change(model, training, name, value, may):
    assert training.may_change(model, name, value) == may


@pytest.mark.parametrize(
    ("name", "value", "may"),
    [
        ("lr", 0.1, True),
        ("optimizer__momentum", 0.9, True),
        ("module__dropout", 0.5, True),
        ("module__width", 8, False),
        ("module", None, False),
        ("optimizer", None, False),
        ("callbacks__decay__step_size", 3, False),
        ("iterator_train__shuffle", True, True),
        ("batch_size", 32, True),
    ],
)
def test_what_may_change_of_a_net(name, value, may):
    estimator, training, _ = case("net")
    assert training.may_change(estimator, name, value) == may
