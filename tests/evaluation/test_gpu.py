"""Nets on a CUDA device: seeded per fit, generators put back, any number of workers."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.model_selection import ShuffleSplit

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.evaluation import (
    Checkpoints,
    Epochs,
    Fit,
    TrainOn,
    _together,
    can_watch_gpus,
)
from sksearch.evaluation._batched_nets import train_as_one
from sksearch.evaluation._memory import peak_memory
from sksearch.evaluation._seeding import seeded_generators
from sksearch.history import Trial
from sksearch.metrics import neg_peak_memory
from sksearch.torch import DeviceLoader

torch = pytest.importorskip("torch", reason="the torch extra is not installed")
skorch = pytest.importorskip("skorch", reason="the torch extra is not installed")

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

SPACE = {"lr": (1e-3, 1.0, "log-uniform"), "module__hidden": (4, 64)}


class Net(torch.nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10)
        )

    def forward(self, X):
        return self.layers(X)


def new_net():
    return skorch.NeuralNetClassifier(
        Net,
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=5,
        train_split=None,
        verbose=0,
        device="cuda",
    )


def search(n_jobs):
    options = {"n_iter": 8, "cv": 3, "seed_fits": True, "random_state": 0}
    return BayesSearchCV(new_net(), SPACE, n_jobs=n_jobs, **options)


def test_cuda_generators_are_put_back():
    torch.cuda.init()
    before = torch.cuda.get_rng_state()
    with seeded_generators(3):
        first = torch.rand(4, device="cuda")
    with seeded_generators(3):
        assert torch.equal(first, torch.rand(4, device="cuda"))
    assert torch.equal(before, torch.cuda.get_rng_state())


def test_the_peak_is_that_of_the_device():
    kept = torch.ones(10_000_000, device="cuda")
    with peak_memory() as peak:
        torch.ones(25_000_000, device="cuda")
        np.ones(50_000_000)
    assert peak.n_bytes == pytest.approx(100_000_000, rel=0.01)
    assert len(kept) == 10_000_000


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_larger_net_needs_more_of_the_device(n_jobs):
    X, y = load_digits(return_X_y=True)
    found = BayesSearchCV(
        new_net(),
        {"module__hidden": [10_000, 100_000]},
        scoring={"accuracy": "accuracy", "memory": neg_peak_memory},
        refit=False,
        cv=2,
        n_jobs=n_jobs,
    ).fit(X.astype(np.float32), y)
    small, large = -found.cv_results_["mean_test_memory"]
    weights = 4 * 75  # bytes for each hidden unit, and as much again for gradients
    assert large > 2 * weights * 100_000
    assert 2 * weights * 10_000 < small < large


def test_workers_that_share_a_gpu_give_the_same_scores():
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    alone, together = (search(n_jobs).fit(X, y) for n_jobs in (1, 2))
    assert alone.cv_results_["params"] == together.cv_results_["params"]
    scores = alone.cv_results_["mean_test_score"]
    assert np.array_equal(scores, together.cv_results_["mean_test_score"])
    assert alone.best_score_ > 0.8
    assert alone.predict(X).shape == (len(X),)


def test_nets_are_trained_on_by_whichever_worker():
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    options = {"max_resources": 9, "cv": 3, "seed_fits": True, "random_state": 0}
    alone, together = (
        HyperbandSearchCV(new_net(), SPACE, n_jobs=n_jobs, **options).fit(X, y)
        for n_jobs in (1, 2)
    )
    scores = alone.cv_results_["mean_test_score"]
    assert np.array_equal(scores, together.cv_results_["mean_test_score"])
    assert alone.continued_
    assert len(alone.best_estimator_.history) == alone.best_resource_


# -- devices, memory and rows ------------------------------------------------------


def digits():
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


@pytest.mark.parametrize("devices", ["auto", ["cuda:0"], {"cuda:0": 3}])
def test_leases_change_no_score(devices):
    X, y = digits()
    plain = search(1).fit(X, y)
    leased = search(3).set_params(devices=devices, estimator__device="cpu").fit(X, y)
    assert plain.cv_results_["params"] == leased.cv_results_["params"]
    scores = plain.cv_results_["mean_test_score"]
    assert np.array_equal(scores, leased.cv_results_["mean_test_score"])
    assert set(leased.cost_["by_device"]) == {"cuda:0"}
    assert next(leased.best_estimator_.module_.parameters()).is_cuda


class Greedy(Net):
    """Asks for so many bytes when it is trained."""

    def __init__(self, hidden=16, n_bytes=0):
        super().__init__(hidden)
        self.n_bytes = n_bytes

    def forward(self, X):
        if self.training and self.n_bytes:
            torch.empty(self.n_bytes, dtype=torch.uint8, device=X.device).fill_(0)
        return super().forward(X)


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning", "ignore:.*non-finite"
)
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_memory_that_is_full_fails_one_fit_and_no_other(n_jobs):
    X, y = digits()
    total = torch.cuda.get_device_properties(0).total_memory
    net = new_net().set_params(module=Greedy)
    # The second needs most of the device: it may be crowded out, and is tried again.
    space = {"module__n_bytes": [0, total * 6 // 10, total * 2]}
    found = BayesSearchCV(
        net, space, n_iter=3, cv=2, refit=False, n_jobs=n_jobs, devices={"cuda:0": 3}
    ).fit(X, y)
    for trial in found.history_.trials:
        kinds = {e.status for e in found.history_.evaluations(trial.id).values()}
        too_much = trial.params["module__n_bytes"] > total
        assert kinds == {"out_of_memory" if too_much else "ok"}


def test_nothing_is_left_on_the_device_after_fifty_fits():
    X, y = digits()
    space = {"lr": (1e-3, 1.0, "log-uniform"), "module__hidden": (64, 4096)}
    params = {"cv": 2, "refit": False, "devices": ["cuda:0"], "random_state": 0}
    BayesSearchCV(new_net(), space, n_iter=1, **params).fit(X, y)  # what CUDA keeps
    before = torch.cuda.memory_allocated(), torch.cuda.memory_reserved()
    BayesSearchCV(new_net(), space, n_iter=25, optimizer="random", **params).fit(X, y)
    block = 2 * 1024**2  # of torch's allocator
    assert torch.cuda.memory_allocated() - before[0] <= block
    assert torch.cuda.memory_reserved() - before[1] <= block


@pytest.mark.parametrize("shuffle", [False, True])
def test_rows_sliced_on_the_device_teach_the_same(shuffle):
    X, y = digits()
    ends = []
    for iterator in (torch.utils.data.DataLoader, DeviceLoader):
        net = new_net().set_params(
            iterator_train=iterator, iterator_train__shuffle=shuffle
        )
        if iterator is DeviceLoader:
            net.set_params(iterator_train__device="cuda", iterator_valid=iterator)
        torch.manual_seed(0)
        ends.append(net.fit(X, y))
    plain, sliced = (net.module_.state_dict() for net in ends)
    for name, value in plain.items():
        assert torch.equal(value, sliced[name])
    assert np.array_equal(ends[0].predict_proba(X), ends[1].predict_proba(X))


def test_a_training_moves_from_the_cpu_to_a_gpu_and_back(tmp_path):
    X, y = digits()
    train = TrainOn(Epochs(), Checkpoints(str(tmp_path), 10**9), 1, 10**6)
    path = [(1, "cpu"), (2, "cuda:0"), (3, "cpu"), (4, "cuda")]
    for k, (resource, device) in enumerate(path):
        earlier = tuple(r for r, _ in path[:k])
        fit = Fit(Trial(0, {}), resource, 0, earlier)
        net = train(fit, new_net().set_params(device=device), X, y, {})
        assert next(net.module_.parameters()).device.type == device.partition(":")[0]
    assert len(net.history) == 4
    losses = net.history[:, "train_loss"]
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.filterwarnings(  # of torch's compiler
    "ignore::DeprecationWarning",
    "ignore:The .grad attribute",
    "ignore:TensorFloat32 tensor cores",
)
def test_mixed_precision_and_compiled_nets(compiled):
    X, y = digits()
    net = Mixed(
        Net,
        criterion=torch.nn.CrossEntropyLoss,
        train_split=None,
        verbose=0,
        lr=0.5,
        batch_size=32,
        compile=compiled,
    )
    found = BayesSearchCV(
        net,
        {"module__hidden": [32, 64]},
        n_iter=1 if compiled else 2,
        cv=2,
        devices="auto",
        seed_fits=True,
        refit=not compiled,
    ).fit(X, y)
    assert found.best_score_ > 0.8
    assert set(found.cost_["by_device"]) == {"cuda:0"}


class Mixed(skorch.NeuralNetClassifier):
    """Computes in 16 bits where that is precise enough."""

    def infer(self, x, **params):
        kind = torch.device(self.device).type
        with torch.autocast(kind, dtype=torch.bfloat16):
            return super().infer(x, **params).float()


def test_workers_for_other_estimators_see_one_device():
    X, y = digits()
    found = BayesSearchCV(
        Counting(), {"C": [1, 2]}, cv=2, n_jobs=2, devices="auto", refit=False
    ).fit(X, y)
    assert found.cv_results_["mean_test_score"].tolist() == [1, 1]
    assert set(found.cost_["by_device"]) <= {
        f"cuda:{i}" for i in range(torch.cuda.device_count())
    }


class Counting(ClassifierMixin, BaseEstimator):
    """Its score is how many devices its worker sees."""

    def __init__(self, C=1):
        self.C = C

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        return torch.cuda.device_count()


# -- how many at once --------------------------------------------------------------


TOLD = pytest.mark.skipif(not can_watch_gpus(), reason="no GPU says how busy it is")


@TOLD
def test_small_nets_share_a_device_by_themselves():
    X, y = digits()
    plain = search(1).set_params(estimator__max_epochs=30).fit(X, y)
    options = {"devices": "auto", "n_jobs": 4, "estimator__device": "cpu"}
    shared = clone(plain).set_params(**options).fit(X, y)
    assert 1 < shared.metadata_["device_shares"]["cuda:0"] <= 4
    scores = plain.cv_results_["mean_test_score"]
    assert np.array_equal(scores, shared.cv_results_["mean_test_score"])


@TOLD
def test_nets_that_need_most_of_the_memory_do_not():
    # In threads: workers would have to start CUDA first, which can take a minute.
    X, y = digits()
    torch.cuda.empty_cache()  # of other tests, which this one could have for itself
    total = torch.cuda.get_device_properties(0).total_memory
    net = new_net().set_params(module=Greedy, module__n_bytes=total * 6 // 10)
    split = ShuffleSplit(1, random_state=0)
    with parallel_config("threading"):
        found = BayesSearchCV(
            net,
            {"lr": (0.01, 0.1)},
            n_iter=2,
            cv=split,
            refit=False,
            n_jobs=torch.cuda.device_count() + 1,  # else nobody has to share
            devices="auto",
        ).fit(X, y)
    assert {*found.metadata_["device_shares"].values()} == {1}
    assert {e.status for e in evaluations(found)} == {"ok"}


def evaluations(search):
    history = search.history_
    return [e for t in history.trials for e in history.evaluations(t.id).values()]


# -- nets that are trained as one ---------------------------------------------------


def batched(batch_candidates, **params):
    space = {"lr": (1e-3, 0.1, "log-uniform"), "optimizer__momentum": (0.0, 0.5)}
    options = {
        "max_resources": 9,
        "cv": 3,
        "optimizer": "random",
        "scoring": "neg_log_loss",
        "seed_fits": True,
        "random_state": 0,
        "refit": False,
    }
    net = new_net().set_params(predict_nonlinearity=probabilities)
    net.set_params(iterator_train__shuffle=True)
    options |= params
    return HyperbandSearchCV(net, space, batch_candidates=batch_candidates, **options)


def probabilities(scores):
    return scores.softmax(-1)


@pytest.mark.parametrize(
    "params", [{}, {"devices": ["cuda:0"]}, {"n_jobs": 2}], ids=str
)
def test_nets_trained_as_one_have_the_scores_of_each_alone(params, monkeypatch):
    X, y = digits()
    sizes = []

    def counted(runs, epochs):
        sizes.append(len(runs))
        assert all(next(r.net.module_.parameters()).is_cuda for r in runs)
        train_as_one(runs, epochs)

    alone = batched(False, **params).fit(X, y)
    monkeypatch.setattr(_together, "train_as_one", counted)
    together = batched("auto", **params).fit(X, y)
    assert alone.cv_results_["params"] == together.cv_results_["params"]
    scores = [each.cv_results_["mean_test_score"] for each in (alone, together)]
    np.testing.assert_allclose(*scores, rtol=1e-2)
    assert "n_jobs" in params or max(sizes) > 8  # in workers nobody counts


def test_a_group_leaves_nothing_on_the_device():
    X, y = digits()
    batched("auto", devices=["cuda:0"]).fit(X, y)
    before = torch.cuda.memory_allocated()
    batched("auto", devices=["cuda:0"]).fit(X, y)
    assert torch.cuda.memory_allocated() - before <= 2 * 1024**2
