"""Nets of skorch go on bit for bit, with all that belongs to their training."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from sksearch.evaluation import Checkpoints, Epochs, Fit, LastStep, TrainOn
from sksearch.history import Trial

torch = pytest.importorskip("torch", reason="torch is an extra")
skorch = pytest.importorskip("skorch", reason="skorch is an extra")

from skorch.callbacks import EarlyStopping, LRScheduler  # noqa: E402
from skorch.dataset import ValidSplit  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = (X[:200] / 16).astype(np.float32), Y[:200].astype(np.int64)


class Net(torch.nn.Module):
    def __init__(self, h=16):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, h),
            torch.nn.BatchNorm1d(h),
            torch.nn.Dropout(0.3),
            torch.nn.ReLU(),
            torch.nn.Linear(h, 10),
        )

    def forward(self, x):
        return self.layers(x)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def new_net(**params):
    defaults = {
        "criterion": torch.nn.CrossEntropyLoss,
        "optimizer": torch.optim.Adam,
        "lr": 0.01,
        "batch_size": 32,
        "train_split": None,
        "iterator_train__shuffle": True,
        "verbose": 0,
    }
    return skorch.NeuralNetClassifier(Net, **{**defaults, **params})


def weights(net):
    return {k: v.numpy() for k, v in net.module_.state_dict().items()}


def trained(folder, net, resources, training=None):
    folder.mkdir(exist_ok=True)
    train = TrainOn(training or Epochs(), Checkpoints(str(folder), 10**9), 1, 10**6)
    torch.manual_seed(3)
    for k, resource in enumerate(resources):
        fit = Fit(Trial(0, {}), resource, 0, tuple(resources[:k]))
        fresh = clone(net)
        if k:
            torch.rand(5)  # others draw in the meantime
        result = train(fit, fresh, X, Y, {})
        result.predict(X)  # which draws as well
    return result


STEP = torch.optim.lr_scheduler.StepLR
NETS = {
    "adam": {},
    "momentum": {"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9},
    "steps": {
        "callbacks": [("lr", LRScheduler(STEP, step_size=3, gamma=0.1))],
    },
    "batches": {
        "callbacks": [
            (
                "lr",
                LRScheduler(
                    torch.optim.lr_scheduler.OneCycleLR,
                    max_lr=0.05,
                    total_steps=100,
                    step_every="batch",
                ),
            )
        ],
    },
    "plateau": {
        "callbacks": [
            (
                "lr",
                LRScheduler(
                    torch.optim.lr_scheduler.ReduceLROnPlateau,
                    monitor="train_loss",
                    patience=0,
                    threshold=0.5,
                ),
            )
        ],
    },
}


@pytest.mark.parametrize("name", NETS)
def test_a_net_goes_on_bit_for_bit(name, tmp_path):
    net = new_net(**NETS[name])
    once = trained(tmp_path / "a", net, [9])
    for number, path in enumerate(([3, 9], [1, 4, 9], [3, 6, 9])):
        parts = trained(tmp_path / str(number), net, path)
        for key, value in weights(once).items():
            np.testing.assert_array_equal(value, weights(parts)[key], err_msg=key)
        assert len(parts.history) == 9
        rates = [
            [group["lr"] for group in each.optimizer_.param_groups]
            for each in (once, parts)
        ]
        assert rates[0] == rates[1]


def test_it_is_what_fit_does(tmp_path):
    net = new_net(**NETS["steps"])
    found = trained(tmp_path, net, [2, 6])
    torch.manual_seed(3)
    expected = clone(net).set_params(max_epochs=6).fit(X, Y)
    for key, value in weights(expected).items():
        np.testing.assert_array_equal(value, weights(found)[key], err_msg=key)


def test_who_stops_early_stays_stopped(tmp_path):
    stopping = EarlyStopping(monitor="train_loss", patience=2, threshold=10.0)
    net = new_net(callbacks=[("stop", stopping)])
    once = trained(tmp_path / "a", net, [9])
    assert len(once.history) == 3
    for number, path in enumerate(([1, 9], [2, 9], [3, 9], [5, 9])):
        parts = trained(tmp_path / str(number), net, path)
        assert len(parts.history) == 3
        assert parts.ended_
        np.testing.assert_array_equal(parts.classes_, once.classes_)


def test_the_best_epoch_comes_back_for_scoring_only(tmp_path):
    stopping = EarlyStopping(
        monitor="train_loss", patience=9, load_best=True, sink=lambda text: None
    )
    net = new_net(callbacks=[("stop", stopping)], lr=3.0, optimizer=torch.optim.SGD)
    once = trained(tmp_path / "a", net, [8])
    parts = trained(tmp_path / "b", net, [3, 8])
    for key, value in weights(once).items():
        np.testing.assert_array_equal(value, weights(parts)[key], err_msg=key)


def test_no_rows_are_held_back_unless_something_reads_their_score(tmp_path):
    net = new_net(train_split=ValidSplit(5))
    free = trained(tmp_path / "a", net, [1, 2])
    assert "valid_loss" not in free.history[0]
    split = trained(tmp_path / "b", net, [1, 2], Epochs(splits=True))
    assert "valid_loss" in split.history[1]


def test_a_net_at_the_end_of_a_pipeline(tmp_path):
    steps = [("same", FunctionTransformer()), ("net", new_net())]
    training = LastStep("net", Epochs())
    once = trained(tmp_path / "a", Pipeline(steps), [4], training)
    parts = trained(tmp_path / "b", Pipeline(steps), [1, 4], training)
    np.testing.assert_array_equal(once.predict_proba(X), parts.predict_proba(X))


def test_a_net_may_be_made_of_what_only_this_script_has(tmp_path):
    class Local(Net):
        pass

    net = new_net().set_params(module=Local)
    assert len(trained(tmp_path, net, [1, 2]).history) == 2
