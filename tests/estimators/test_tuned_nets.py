"""skorch nets through fit and predict, by both searches."""

import itertools

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_digits, make_regression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.evaluation import Epochs, LastStep

torch = pytest.importorskip("torch", reason="torch is an extra")
skorch = pytest.importorskip("skorch", reason="skorch is an extra")

from skorch.callbacks import EarlyStopping, LRScheduler  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = (X[:150] / 16).astype(np.float32), Y[:150].astype(np.int64)


@pytest.fixture(autouse=True)
def one_thread_and_seed():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
    torch.set_num_threads(before)


class Net(torch.nn.Module):
    """Of a depth and widths that are searched."""

    def __init__(self, depth=1, h1=8, h2=8, activation=torch.nn.ReLU):
        super().__init__()
        widths = [64, h1, h2][: depth + 1]
        layers = []
        for a, b in itertools.pairwise(widths):
            layers += [torch.nn.Linear(a, b), activation()]
        self.layers = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], 10))

    def forward(self, x):
        return self.layers(x)


def new_net(**params):
    defaults = {
        "criterion": torch.nn.CrossEntropyLoss,
        "max_epochs": 4,
        "lr": 0.1,
        "batch_size": 32,
        "train_split": None,
        "verbose": 0,
    }
    return skorch.NeuralNetClassifier(Net, **{**defaults, **params})


STEP = torch.optim.lr_scheduler.StepLR
BALANCED = torch.ones(10)
SPACES = {
    "module": {"module__h1": (4, 16), "lr": loguniform(1e-2, 1e0)},
    "batches": {"batch_size": [16, 32, 64], "lr": (0.01, 1.0, "log-uniform")},
    "activation": {"module__activation": [torch.nn.ReLU, torch.nn.Tanh]},
    "depth": [
        {"module__depth": [1], "module__h1": (4, 16)},
        {"module__depth": [2], "module__h1": (4, 16), "module__h2": (4, 16)},
    ],
    "optimizer": [
        {"optimizer": [torch.optim.SGD], "optimizer__momentum": (0.0, 0.9)},
        {"optimizer": [torch.optim.Adam], "optimizer__betas": [(0.9, 0.99)]},
    ],
    "loss": {
        "criterion": [torch.nn.CrossEntropyLoss, torch.nn.MultiMarginLoss],
        "lr": (0.05, 0.2),
    },
    "class-weights": {"criterion__weight": [None, BALANCED], "lr": (0.05, 0.2)},
    "schedule": {
        "callbacks__decay": [None, LRScheduler(STEP, step_size=2)],
        "lr": (0.05, 0.2),
    },
    "step": {"callbacks__decay__step_size": [1, 2, 100], "lr": (0.05, 0.2)},
}
NOOP = [("decay", LRScheduler(STEP, step_size=100))]  # callbacks__decay exists with it


def search_of(kind, net, space, **params):
    if kind == "bayes":
        params = {"n_iter": 5, **params}
        return BayesSearchCV(net, space, cv=2, random_state=0, **params)
    params = {"n_iter": 5, "max_resources": 3, **params}
    return HyperbandSearchCV(net, space, cv=2, random_state=0, **params)


def behind_a_scaler(net, space):
    """Return a pipeline, and the space of its net."""
    parts = space if isinstance(space, list) else [space]
    parts = [{f"net__{name}": part[name] for name in part} for part in parts]
    return Pipeline([("scale", StandardScaler()), ("net", net)]), parts


@pytest.mark.parametrize("kind", ["bayes", "hyperband"])
@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("name", SPACES)
def test_what_is_searched_of_a_net(name, piped, kind):
    net, space = new_net(callbacks=NOOP), SPACES[name]
    if piped:
        net, space = behind_a_scaler(net, space)
    search = search_of(kind, net, space, error_score="raise").fit(X, Y)
    assert search.best_score_ > 0.05
    assert search.predict(X).shape == (150,)
    if kind == "hyperband":
        prefix = "net__" if piped else ""
        assert (search.resource_, search.continued_) == ("epochs", True)
        assert search.best_params_[f"{prefix}max_epochs"] == 3
        best = search.best_estimator_
        trained = best["net"] if piped else best
        assert len(trained.history) == 3 == search.best_resource_


@pytest.mark.parametrize("kind", ["bayes", "hyperband"])
def test_a_net_behind_a_scaler_learns(kind):
    space = {"lr": loguniform(1e-2, 1e0), "module__h1": (4, 16)}
    net, space = behind_a_scaler(new_net(max_epochs=9), space)
    search = search_of(kind, net, space, seed_fits=True, error_score="raise")
    if kind == "hyperband":
        search.set_params(max_resources=9)
    assert search.fit(X, Y).best_score_ > 0.5  # 0.1 is chance


def test_two_workers_train_the_same_nets():
    tables = [
        search_of("hyperband", new_net(), SPACES["module"], n_jobs=n, seed_fits=True)
        .fit(X, Y)
        .cv_results_
        for n in (1, 2)
    ]
    np.testing.assert_array_equal(
        tables[0]["mean_test_score"], tables[1]["mean_test_score"]
    )


@pytest.mark.parametrize("kind", ["bayes", "hyperband"])
@pytest.mark.parametrize("how", ["class", "lambda"])
def test_what_a_script_defines_trains_in_other_processes(how, kind):
    class Local(Net):
        pass

    module = Local if how == "class" else lambda h1=8: Local(h1=h1)
    net = new_net().set_params(module=module)
    search = search_of(kind, net, SPACES["module"], n_jobs=2, error_score="raise")
    assert search.fit(X, Y).best_score_ > 0.05
    if kind == "hyperband":
        assert search.best_resource_ == 3


def test_a_regressor():
    rows, target = make_regression(80, 64, noise=1.0, random_state=0)
    rows, target = rows.astype(np.float32), target.astype(np.float32)[:, None]

    class Line(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.line = torch.nn.Linear(64, 1)

        def forward(self, x):
            return self.line(x)

    net = skorch.NeuralNetRegressor(Line, train_split=None, verbose=0)
    space = {"lr": loguniform(1e-4, 1e-1)}
    search = search_of("hyperband", net, space, error_score="raise")
    assert np.isfinite(search.fit(rows, target / 100).best_score_)


def test_epochs_that_are_searched_are_no_resource_by_name():
    search = search_of("hyperband", new_net(), {"max_epochs": [1, 2, 3]})
    with pytest.raises(ValueError, match="epochs, which is searched too"):
        search.set_params(resource="epochs").fit(X, Y)


def test_rows_are_held_back_where_a_callback_reads_them():
    split = skorch.dataset.ValidSplit(3)
    stopping = EarlyStopping(monitor="valid_loss", patience=1)
    net = new_net(train_split=split, callbacks=[stopping])
    search = search_of("hyperband", net, SPACES["module"]).fit(X, Y)
    assert search._fidelity.training == Epochs(splits=True)
    plain = search_of("hyperband", new_net(train_split=split), SPACES["module"])
    plain.fit(X, Y)
    assert plain._fidelity.training == Epochs(splits=False)
    assert "valid_loss" in plain.best_estimator_.history[0]  # the refit as ever


@pytest.mark.parametrize("prefix", ["", "net__"])
def test_rows_are_held_back_where_the_split_is_searched(prefix):
    net = new_net()
    estimator = Pipeline([("net", net)]) if prefix else net
    splits = [skorch.dataset.ValidSplit(3), skorch.dataset.ValidSplit(5)]
    space = {f"{prefix}train_split": splits, f"{prefix}lr": (0.05, 0.2)}
    search = search_of("hyperband", estimator, space).fit(X, Y)
    training = search._fidelity.training
    training = training.training if prefix else training
    assert training == Epochs(splits=True)
    best = search.best_estimator_[-1] if prefix else search.best_estimator_
    assert "valid_loss" in best.history[0]


@pytest.mark.parametrize("kind", ["bayes", "hyperband"])
@pytest.mark.parametrize("piped", [False, True])
def test_numbers_of_another_type_are_explained(kind, piped):
    net = new_net()
    space = {"lr": loguniform(1e-2, 1e0)}
    if piped:
        net = Pipeline([("same", FunctionTransformer()), ("net", net)])
        space = {"net__lr": space["lr"]}
    with pytest.raises(ValueError, match=r"X\.astype\(np\.float32\)"):
        search_of(kind, net, space).fit(X.astype(np.float64), Y)
    with pytest.raises(ValueError, match=r"y\.astype\(np\.int64\)"):
        search_of(kind, net, space).fit(X, Y.astype(np.int32))


def test_the_resource_of_a_pipeline_is_that_of_its_net():
    training = LastStep("net", Epochs())
    assert (training.resource, training.parameter) == ("epochs", "net__max_epochs")
