"""Nets on a CUDA device: seeded per fit, generators put back, any number of workers."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.evaluation._memory import peak_memory
from sksearch.evaluation._seeding import seeded_generators
from sksearch.metrics import neg_peak_memory

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
