"""Nets that are trained as one learn what each learns alone."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits

from sksearch.evaluation._batched_nets import Run, n_batches, train_as_one
from sksearch.evaluation._nets import Epochs
from sksearch.torch import DeviceLoader

torch = pytest.importorskip("torch", reason="torch is an extra")
skorch = pytest.importorskip("skorch", reason="skorch is an extra")

DIGITS = load_digits(return_X_y=True)
X, Y = (DIGITS[0][:130] / 16).astype(np.float32), DIGITS[1][:130].astype(np.int64)
RX, RY = (rows[:90].astype(np.float32) for rows in load_diabetes(return_X_y=True))
TRAINING = Epochs()


@pytest.fixture(autouse=True)
def one_thread():
    before, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    torch.set_rng_state(state)


class Perceptron(torch.nn.Module):
    def __init__(self, n_in=64, n_out=10):
        super().__init__()
        self.hidden, self.out = torch.nn.Linear(n_in, 8), torch.nn.Linear(8, n_out)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x)))


class Images(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.filters = torch.nn.Conv2d(1, 4, 3)
        self.norm = torch.nn.GroupNorm(2, 4)
        self.out = torch.nn.Linear(36, 10)

    def forward(self, x):
        seen = torch.relu(self.norm(self.filters(x.view(-1, 1, 8, 8))))
        return self.out(torch.nn.functional.max_pool2d(seen, 2).flatten(1))


class Probable(Perceptron):
    def forward(self, x):
        return super().forward(x).softmax(-1)


class Masked(Perceptron):
    """Has drawn something that is no parameter."""

    def __init__(self):
        super().__init__()
        self.mask = torch.rand(64) * 9

    def forward(self, x):
        return super().forward(x * self.mask)


def new_net(module=Perceptron, cls=skorch.NeuralNetClassifier, **params):
    defaults = {"batch_size": 32, "iterator_train__shuffle": True, "verbose": 0}
    if cls is skorch.NeuralNetClassifier and module is not Probable:
        defaults["criterion"] = torch.nn.CrossEntropyLoss
    return cls(module, **{**defaults, **params})


def begun(nets, rows=(X, Y)):
    runs = []
    for seed, net in enumerate(nets):
        torch.manual_seed(seed)
        TRAINING.begin(net, *rows)
        runs.append(Run(net, *rows, torch.get_rng_state()))
    return runs


def alone(nets, epochs, rows=(X, Y)):
    runs = begun(nets, rows)
    for run in runs:
        torch.set_rng_state(run.generator)
        TRAINING.advance(run.net, *rows, 1, 1 + epochs, {})
        run.generator = torch.get_rng_state()
    return runs


def together(nets, *epochs, rows=(X, Y)):
    runs = begun(nets, rows)
    for some in epochs:
        train_as_one(runs, some)
    return runs


def assert_close(one, other, rtol=1e-3, atol=1e-5):
    """Compare two states, which are to have the same things in the same places."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            if name not in ("dur", "epoch_start_time_"):
                assert_close(one[name], other[name], rtol, atol)
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_close(a, b, rtol, atol)
    elif isinstance(one, torch.Tensor):
        torch.testing.assert_close(one, other, rtol=rtol, atol=atol, equal_nan=True)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=rtol, abs=atol, nan_ok=True)
    else:
        assert one == other


def assert_same_runs(ones, others):
    for one, other in zip(ones, others, strict=True):
        assert torch.equal(one.generator, other.generator)
        assert_close(TRAINING.state(one.net), TRAINING.state(other.net))


SGD, ADAM, ADAMW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
OPTIMIZERS = {
    "rates": (SGD, [{"lr": 0.1}, {"lr": 0.003}, {"lr": 0.1}]),
    "momentum": (
        SGD,
        [
            {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
            {"lr": 0.2, "momentum": 0.0},
            {"lr": 0.05, "momentum": 0.5, "weight_decay": 0.1},
        ],
    ),
    "nesterov": (
        SGD,
        [
            {"lr": 0.1, "momentum": 0.9, "nesterov": True},
            {"lr": 0.02, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1},
        ],
    ),
    "adam": (
        ADAM,
        [
            {"lr": 0.01, "betas": (0.9, 0.99), "weight_decay": 0.1},
            {"lr": 0.003, "betas": (0.5, 0.999), "eps": 1e-3},
        ],
    ),
    "one beta": (ADAM, [{"lr": 0.01}, {"lr": 0.002, "weight_decay": 0.1}]),
    "adamw": (
        ADAMW,
        [
            {"lr": 0.01, "weight_decay": 0.5},
            {"lr": 0.002, "betas": (0.8, 0.9), "weight_decay": 0.0},
        ],
    ),
}


def nets_of(name, **params):
    optimizer, options = OPTIMIZERS[name]
    return [
        new_net(
            optimizer=optimizer,
            **{f"optimizer__{key}": value for key, value in each.items()},
            **params,
        )
        for each in options
    ]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_net_learns_what_it_learns_alone(name):
    one_by_one = alone(nets_of(name), 3)
    assert_same_runs(one_by_one, together(nets_of(name), 3))
    # In two parts as in one, and on from what it was alone.
    assert_same_runs(one_by_one, together(nets_of(name), 1, 2))
    half = alone(nets_of(name), 2)
    train_as_one(half, 1)
    assert_same_runs(one_by_one, half)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_net_goes_on_alone(name):
    runs = together(nets_of(name), 2)
    for run in runs:
        again = TRAINING.restored(run.net, TRAINING.state(run.net), X, Y)
        torch.set_rng_state(run.generator)
        TRAINING.advance(again, X, Y, 2, 3, {})
        run.generator = torch.get_rng_state()
    assert_same_runs(alone(nets_of(name), 3), runs)


@pytest.mark.parametrize("module", [Images, Probable])
def test_modules(module):
    def nets():
        return [new_net(module, lr=rate) for rate in (0.1, 0.02)]

    assert_same_runs(alone(nets(), 2), together(nets(), 2))


@pytest.mark.parametrize(
    "options",
    [
        {"iterator_train__shuffle": False},
        {"iterator_train__drop_last": True},
        {"batch_size": -1},
        {"batch_size": 1, "iterator_train__batch_size": 50},
        {"iterator_train": DeviceLoader},
        {"criterion__reduction": "sum", "lr": 1e-4},
        {"criterion__weight": torch.arange(10.0) + 1},
        {"callbacks": "disable"},
        {"optimizer__foreach": True},
    ],
    ids=str,
)
def test_options(options):
    def nets():
        return [
            new_net(**{"lr": 0.1, **options}, optimizer__weight_decay=decay)
            for decay in (0.1, 0.2)
        ]

    assert_same_runs(alone(nets(), 2), together(nets(), 2))


def test_regression_and_rows_of_several_folds():
    folds = [(RX[:60], RY[:60, None] / 100), (RX[30:], RY[30:, None] / 100)]

    def nets():
        return [
            new_net(cls=skorch.NeuralNetRegressor, module__n_in=10, module__n_out=1)
            for _ in folds
        ]

    pairs = [([net], rows) for net, rows in zip(nets(), folds, strict=True)]
    expected = [alone(net, 3, rows)[0] for net, rows in pairs]
    pairs = [([net], rows) for net, rows in zip(nets(), folds, strict=True)]
    runs = [begun(net, rows)[0] for net, rows in pairs]
    train_as_one(runs, 3)
    assert_same_runs(expected, runs)


@pytest.mark.parametrize("rate", [float("inf"), float("nan")])
def test_who_diverges_harms_nobody(rate):
    def nets():
        return [new_net(lr=each) for each in (0.1, rate, 0.03)]

    runs = together(nets(), 2)
    assert_same_runs(alone(nets(), 2), runs)
    ends = [run.net.history[-1, "train_loss"] for run in runs]
    assert [np.isfinite(end) for end in ends] == [True, False, True]


def test_what_a_module_has_drawn_is_seen():
    with pytest.raises(ValueError, match="other losses together than each has alone"):
        together([new_net(Masked), new_net(Masked)], 1)


def of_each(data, begin):
    """Begin nets each on its own rows, as those of folds are."""
    runs = []
    for seed, (net, rows) in enumerate(zip(begin(), data, strict=True)):
        torch.manual_seed(seed)
        TRAINING.begin(net, *rows)
        runs.append(Run(net, *rows, torch.get_rng_state()))
    return runs


@pytest.mark.parametrize("optimizer", [SGD, ADAM])
@pytest.mark.parametrize(
    ("batch_size", "n_rows"),
    [(32, (97, 98, 98)), (32, (96, 65, 96)), (50, (101, 128, 127)), (99, (70, 71, 99))],
)
def test_folds_of_other_sizes_are_trained_together(optimizer, batch_size, n_rows):
    ends = [(k, k + n) for k, n in enumerate(n_rows)]
    data = [(X[a:b].copy(), Y[a:b].copy()) for a, b in ends]

    def begin():
        options = {"optimizer": optimizer, "batch_size": batch_size}
        return [new_net(lr=lr, **options) for lr in (0.01, 0.03, 0.002)]

    ones, others = of_each(data, begin), of_each(data, begin)
    for run in ones:
        torch.set_rng_state(run.generator)
        TRAINING.advance(run.net, run.X, run.y, 1, 4, {})
        run.generator = torch.get_rng_state()
    train_as_one(others[:], 1)
    train_as_one(others[::-1], 2)
    assert_same_runs(ones, others)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("batch_size", [1, 32, 65, 129, 130, 131, -1])
def test_batches_are_counted_as_they_come(batch_size, drop_last):
    net = new_net(batch_size=batch_size, iterator_train__drop_last=drop_last)
    TRAINING.begin(net, X, Y)
    if batch_size == -1:
        assert n_batches(net, len(X)) == 1
    else:
        batches = net.get_iterator(net.get_dataset(X, Y), training=True)
        assert n_batches(net, len(X)) == len(batches)
