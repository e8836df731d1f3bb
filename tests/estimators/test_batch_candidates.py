"""`batch_candidates`: the same search, with nets that are trained as one."""

import logging

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits

from sksearch import HyperbandSearchCV
from sksearch.evaluation import _together
from sksearch.evaluation._batched_nets import train_as_one
from sksearch.history import Evaluation

torch = pytest.importorskip("torch", reason="torch is an extra")
skorch = pytest.importorskip("skorch", reason="skorch is an extra")

DIGITS = load_digits(return_X_y=True)
X, Y = (DIGITS[0][:200] / 16).astype(np.float32), DIGITS[1][:200].astype(np.int64)
SPACE = {
    "lr": (1e-3, 1.0, "log-uniform"),
    "optimizer__momentum": (0.0, 0.9),
    "module__width": [8, 16],
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Net(torch.nn.Module):
    def __init__(self, width=8, n_in=64, n_out=10):
        super().__init__()
        self.hidden = torch.nn.Linear(n_in, width)
        self.out = torch.nn.Linear(width, n_out)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))


class Dropping(Net):
    def __init__(self, width=8):
        super().__init__(width)
        self.dropout = torch.nn.Dropout(0.5)


def new_net(cls=skorch.NeuralNetClassifier, **params):
    defaults = {"module": Net, "iterator_train__shuffle": True, "verbose": 0}
    if cls is skorch.NeuralNetClassifier:
        defaults["criterion"] = torch.nn.CrossEntropyLoss
    return cls(**{**defaults, **params})


def search(batch_candidates, net=None, space=SPACE, **params):
    defaults = {
        "max_resources": 4,
        "factor": 2,
        "n_iter": 10,
        "cv": 2,
        "optimizer": "random",
        "seed_fits": True,
        "scoring": "neg_log_loss",
        "refit": False,
        "random_state": 0,
        "batch_candidates": batch_candidates,
    }
    return HyperbandSearchCV(net or new_net(), space, **{**defaults, **params})


def assert_same(one, other, rtol=1e-4):
    assert one.cv_results_["params"] == other.cv_results_["params"]
    for name in ("mean_test_score", "split0_test_score", "split1_test_score"):
        np.testing.assert_allclose(
            one.cv_results_[name], other.cv_results_[name], rtol=rtol
        )


def test_the_search_is_the_same(monkeypatch):
    sizes = []

    def counted(runs, epochs):
        sizes.append(len(runs))
        train_as_one(runs, epochs)

    net = new_net(predict_nonlinearity=softmax)
    alone = search(False, net).fit(X, Y)
    monkeypatch.setattr(_together, "train_as_one", counted)
    together = search(True, net).fit(X, Y)
    assert_same(alone, together)
    n_fits = sum(isinstance(r, Evaluation) for r in together.history_.records)
    assert sum(sizes) > 0.8 * n_fits  # a few find nobody like them
    assert max(sizes) > 4


def softmax(scores):
    return scores.softmax(-1)


def test_regression_and_adam():
    rows, target = (part.astype(np.float32) for part in load_diabetes(return_X_y=True))
    net = new_net(
        skorch.NeuralNetRegressor,
        module__n_in=10,
        module__n_out=1,
        optimizer=torch.optim.Adam,
    )
    space = {
        "lr": (1e-3, 0.1, "log-uniform"),
        "optimizer__weight_decay": (1e-5, 0.1, "log-uniform"),
        "optimizer__betas": [(0.9, 0.999), (0.8, 0.99)],
    }
    found = [
        search(on, net, space, scoring="neg_mean_absolute_error", n_iter=6).fit(
            rows[:200], target[:200, None] / 100
        )
        for on in (False, True)
    ]
    assert_same(*found)


def test_scores_that_ask_for_classes_and_the_best_net():
    net = new_net(predict_nonlinearity=softmax)
    params = {"scoring": "roc_auc_ovr", "refit": True, "n_iter": 4}
    found = []
    for on in (False, True):
        torch.manual_seed(0)  # for the refit, which is that of the net alone
        found.append(search(on, net, **params).fit(X, Y))
    alone, together = found
    assert_same(alone, together)
    assert np.array_equal(alone.predict(X), together.predict(X))


def test_auto_changes_nothing_on_the_cpu(capsys, caplog):
    net = new_net(predict_nonlinearity=softmax)
    with caplog.at_level(logging.INFO, "sksearch"):
        alone, auto = (search(on, net, n_iter=4).fit(X, Y) for on in (False, "auto"))
    assert_same(alone, auto, rtol=0)
    assert "one at a time: they are on no CUDA device" in caplog.text
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("reason", "net", "params"),
    [
        ("its module has dropout", new_net(module=Dropping), {}),
        pytest.param(
            *("fit_timeout and max_memory", new_net(), {"fit_timeout": 60.0}),
            marks=pytest.mark.slow,  # it needs a worker, which imports torch
        ),
        ("only with seed_fits=True", new_net(), {"seed_fits": False}),
        ("reshuffle gives", new_net(), {"reshuffle": True}),
    ],
    ids=["dropout", "limits", "seeds", "reshuffle"],
)
def test_verbose_says_why_not(reason, net, params, capsys):
    options = {"n_iter": 2, "scoring": "accuracy", "verbose": 1, **params}
    search(True, net, **options).fit(X, Y)
    assert f"one at a time: {reason}" in capsys.readouterr().out


@pytest.mark.slow
def test_workers_train_groups_too():
    net = new_net(predict_nonlinearity=softmax)
    alone = search(False, net).fit(X, Y)
    assert_same(alone, search(True, net, n_jobs=2).fit(X, Y))


@pytest.mark.filterwarnings("ignore::sksearch.exceptions.CheckpointWarning")
def test_a_search_goes_on_from_anywhere(tmp_path):
    net = new_net(predict_nonlinearity=softmax)
    whole = search(True, net, n_iter=6, journal=tmp_path / "whole.jsonl").fit(X, Y)
    lines = (tmp_path / "whole.jsonl").read_text().splitlines(keepends=True)
    for n_lines in np.linspace(2, len(lines) - 1, 4).astype(int):
        path = tmp_path / f"{n_lines}.jsonl"
        path.write_text("".join(lines[:n_lines]))
        again = search(True, net, n_iter=6, journal=path).fit(X, Y)
        assert_same(whole, again)
