"""Nets that lease devices: memory that ends, seeds that hold, trainings that move."""

import gc
import random
import types
import weakref

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch.evaluation import (
    Checkpoints,
    Epochs,
    Evaluator,
    Fit,
    TrainOn,
    _device_pool,
    _seeding,
)
from sksearch.evaluation._asked_devices import make_pool
from sksearch.history import Trial

torch = pytest.importorskip("torch", reason="torch is an extra")
skorch = pytest.importorskip("skorch", reason="skorch is an extra")

X, Y = load_digits(return_X_y=True)
X, Y = (X[:240] / 16).astype(np.float32), Y[:240].astype(np.int64)
SPLITS = [(np.arange(120), np.arange(120, 240)), (np.arange(120, 240), np.arange(120))]


@pytest.fixture(autouse=True)
def no_other_leases(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Net(torch.nn.Module):
    def __init__(self, width=16, dropout=0.3):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, width),
            torch.nn.Dropout(dropout),
            torch.nn.ReLU(),
            torch.nn.Linear(width, 10),
        )

    def forward(self, x):
        return self.layers(x)


class Crowded(Net):
    """Takes width times batch of a memory that all workers share: a file."""

    def __init__(self, width=16, dropout=0.3, held=None, limit=1000):
        super().__init__(width, dropout)
        self.width, self.held, self.limit = width, held, limit

    def forward(self, x):
        if self.training:
            asked = self.width * len(x)
            with Held(self.held, asked) as total:
                if total > self.limit:
                    raise torch.OutOfMemoryError("CUDA out of memory. (simulated)")
                return super().forward(x)
        return super().forward(x)


class Held:
    """Bytes taken in a file, by all processes, for as long as a block runs."""

    def __init__(self, path, asked):
        self.path, self.asked = path, asked

    def add(self, n):
        import fcntl

        with open(self.path, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            total = int(file.read() or 0) + n
            file.seek(0)
            file.truncate()
            file.write(str(total))
            return total

    def __enter__(self):
        return self.add(self.asked)

    def __exit__(self, *_):
        self.add(-self.asked)


def new_net(module=Net, cls=skorch.NeuralNetClassifier, **params):
    defaults = {
        "criterion": torch.nn.CrossEntropyLoss,
        "max_epochs": 2,
        "batch_size": 40,
        "train_split": None,
        "iterator_train__shuffle": True,
        "verbose": 0,
    }
    return cls(module, **{**defaults, **params})


def scores(search):
    table = search.cv_results_
    return [table[name] for name in sorted(table) if name.startswith("split")]


# -- leases ------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["loky", "sequential"])
def test_leases_change_no_score(backend):
    space = {"module__width": (4, 32), "lr": (1e-3, 1.0, "log-uniform")}
    params = {"n_iter": 4, "cv": 2, "seed_fits": True, "random_state": 0, "n_jobs": 2}
    model = make_pipeline(FunctionTransformer(), new_net())
    space = {f"neuralnetclassifier__{name}": value for name, value in space.items()}
    with parallel_config(backend):
        plain = BayesSearchCV(model, space, **params).fit(X, Y)
        leased = BayesSearchCV(
            model, space, devices={"cpu:0": 1, "cpu:1": 2}, **params
        ).fit(X, Y)
    np.testing.assert_array_equal(scores(plain), scores(leased))
    assert str(leased.best_estimator_[-1].device).startswith("cpu:")
    assert leased.predict(X).shape == Y.shape


def test_a_training_goes_on_at_another_device():
    params = {"max_resources": 9, "cv": 2, "random_state": 0, "seed_fits": True}
    space = {"module__width": (4, 32), "lr": (1e-3, 1.0, "log-uniform")}
    plain, moved = (
        HyperbandSearchCV(new_net(), space, devices=devices, n_jobs=2, **params)
        for devices in (None, ["cpu:0", "cpu:1"])
    )
    with parallel_config("loky"):
        plain.fit(X, Y)
        moved.fit(X, Y)
    assert moved.continued_
    np.testing.assert_array_equal(scores(plain), scores(moved))


# -- memory ------------------------------------------------------------------------


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning", "ignore:.*non-finite"
)
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_memory_decides_alone_who_fits(tmp_path, backend):
    held = tmp_path / "held"
    held.write_text("0")
    # 640, 1200 and 800 of 1000: two at once are too much for all, one only for one.
    net = new_net(Crowded, module__held=str(held), max_epochs=15)
    space = [{"module__width": [16], "batch_size": [40, 50]}]
    space += [{"module__width": [30], "batch_size": [40]}]
    search = BayesSearchCV(
        net, space, n_iter=3, cv=2, refit=False, n_jobs=2, devices={"cpu": 2}
    )
    with parallel_config(backend):
        search.fit(X, Y)
    assert held.read_text() == "0"
    for trial in search.history_.trials:
        kinds = {e.status for e in search.history_.evaluations(trial.id).values()}
        needed = trial.params["module__width"] * trial.params["batch_size"]
        assert kinds == {"out_of_memory" if needed > 1000 else "ok"}


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning", "ignore:.*non-finite"
)
@pytest.mark.slow
def test_later_candidates_keep_away_from_where_memory_ends(tmp_path):
    held = tmp_path / "held"
    held.write_text("0")
    net = new_net(Crowded, module__held=str(held), module__limit=700, max_epochs=1)
    space = {
        "module__width": (4, 128, "log-uniform"),
        "batch_size": (8, 120, "log-uniform"),
    }
    search = BayesSearchCV(
        net, space, n_iter=40, cv=2, refit=False, random_state=0, seed_fits=True
    )
    search.fit(X, Y)
    trials = search.history_.trials
    asked = [t.params["module__width"] * t.params["batch_size"] for t in trials]
    statuses = [search.history_.status(t.id) for t in trials]
    assert [s == "failed" for s in statuses] == [n > 700 for n in asked]
    early, late = (sum(n > 700 for n in part) for part in (asked[:20], asked[20:]))
    assert early > 0
    assert late <= early / 2


# -- seeds -------------------------------------------------------------------------


class Weights(ClassifierMixin, BaseEstimator):
    """A net whose score is a number that tells its weights apart."""

    def __init__(self, net=None, width=16):
        self.net = net
        self.width = width

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.net_ = clone(self.net).set_params(module__width=self.width).fit(X, y)
        return self

    def score(self, X, y):
        parts = [p.detach().double() for p in self.net_.module_.parameters()]
        return float(sum((p * torch.arange(1, p.numel() + 1).view_as(p)).sum()
                         for p in parts))  # fmt: skip


def new_evaluator(net, pool=None):
    return Evaluator(
        Weights(net), X, Y, SPLITS, _score, seed=5, seed_fits=True, pool=pool
    )


def _score(estimator, X, y):
    return estimator.score(X, y)


FITS = [
    Fit(Trial(i, {"width": w}), 1, k) for i, w in enumerate((8, 16)) for k in (0, 1)
]


@pytest.mark.parametrize("devices", [None, ["cpu:1"]])
def test_weights_depend_on_nothing_that_ran_before(devices):
    evaluate = new_evaluator(new_net(), make_pool(devices))
    alone = {fit.key: evaluate(fit).scores["score"] for fit in FITS}
    assert len(set(alone.values())) == len(FITS)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    for number in range(3):
        order = list(np.random.default_rng(number).permutation(len(FITS)))
        new_net().fit(X, Y) if number else None  # as do others in this process
        before = torch.get_rng_state()
        for fit in (FITS[place] for place in order):
            assert evaluate(fit).scores["score"] == alone[fit.key]
        assert torch.equal(before, torch.get_rng_state())
    assert states[1].tolist() == np.random.get_state()[1].tolist()
    assert states[2] == random.getstate()


class FakeCuda:
    """As many generators as devices, which is all that is asked of torch.cuda here."""

    def __init__(self, n_devices):
        self.states = {f"cuda:{i}": f"state of {i}" for i in range(n_devices)}

    def is_initialized(self):
        return True

    def get_rng_state(self, device):
        return self.states[device]

    def set_rng_state(self, state, device):
        self.states[device] = state

    def get_rng_state_all(self):
        return list(self.states.values())

    def set_rng_state_all(self, states):
        assert len(states) == len(self.states)
        self.states = dict(zip(self.states, states, strict=True))


def test_another_cuda_device_goes_on_with_the_draws_of_the_first(monkeypatch):
    first, second = FakeCuda(1), FakeCuda(2)  # two workers, which see other devices
    fake = types.SimpleNamespace(
        cuda=first, get_rng_state=torch.get_rng_state, set_rng_state=torch.set_rng_state
    )
    monkeypatch.setitem(_seeding.sys.modules, "torch", fake)
    states = _seeding.generator_states("cuda:0")
    fake.cuda = second
    with _seeding.generators_from(states, "cuda:1"):
        assert second.states == {"cuda:0": "state of 0", "cuda:1": "state of 0"}
    assert second.states == {"cuda:0": "state of 0", "cuda:1": "state of 1"}
    with _seeding.generators_from(states, None):  # a net on the CPU
        assert second.states["cuda:1"] == "state of 1"


class Fitted:
    """Holds memory while it lives, in a cycle or not."""

    def __init__(self, in_cycle):
        self.me = self if in_cycle else None


@pytest.mark.parametrize("in_cycle", [False, True])
def test_what_a_fit_leaves_in_cycles_is_given_back(in_cycle, monkeypatch):
    live, n_emptied, n_collected = weakref.WeakSet(), [], []

    class Cuda:
        is_initialized = staticmethod(lambda: True)
        memory_allocated = staticmethod(lambda device: len(live))
        empty_cache = staticmethod(lambda: n_emptied.append(1))

    def collect():
        n_collected.append(1)
        return gc_collect()

    gc_collect = gc.collect
    fake = types.SimpleNamespace(cuda=Cuda)
    monkeypatch.setitem(_device_pool.sys.modules, "torch", fake)
    monkeypatch.setattr(_device_pool.gc, "collect", collect)
    data = Fitted(in_cycle=False)  # on the device before and after
    live.add(data)
    gc.disable()
    try:
        for _ in range(3):
            with _device_pool.left_clean("cuda:0"):
                live.add(Fitted(in_cycle))
            assert list(live) == [data]
    finally:
        gc.enable()
    assert len(n_emptied) == 3
    # To look for cycles takes a tenth of a second: not where there are none.
    assert len(n_collected) == (3 if in_cycle else 0)


def test_what_is_on_the_cpu_is_left_alone(monkeypatch):
    fake = types.SimpleNamespace()  # without a CUDA to ask
    monkeypatch.setitem(_device_pool.sys.modules, "torch", fake)
    with _device_pool.left_clean("cpu"):
        pass


# -- mixed precision, and compiled -------------------------------------------------


class HalfPrecision(skorch.NeuralNetClassifier):
    """Computes in bfloat16 where that is safe, as torch's autocast decides."""

    def infer(self, x, **fit_params):
        kind = torch.device(self.device).type
        with torch.autocast(kind, dtype=torch.bfloat16):
            return super().infer(x, **fit_params).float()


def test_mixed_precision_goes_on_bit_for_bit(tmp_path):
    net = new_net(cls=HalfPrecision)
    net.initialize()
    with torch.no_grad():
        assert (
            net.infer(torch.tensor(X[:4])) != net.module_(torch.tensor(X[:4]))
        ).any()
    ends = []
    for number, path in enumerate(([4], [1, 4])):
        (tmp_path / str(number)).mkdir()
        checkpoints = Checkpoints(str(tmp_path / str(number)), 10**9)
        train = TrainOn(Epochs(), checkpoints, 1, 10**6)
        torch.manual_seed(3)
        for k, resource in enumerate(path):
            fit = Fit(Trial(0, {}), resource, 0, tuple(path[:k]))
            trained = train(fit, clone(net), X, Y, {})
        ends.append(trained.module_.state_dict())
    for name, value in ends[0].items():
        assert torch.equal(value, ends[1][name])
        assert value.dtype == torch.float32


def test_mixed_precision_in_a_search():
    space = {"module__width": (4, 32), "lr": (1e-2, 1.0, "log-uniform")}
    params = {"n_iter": 3, "cv": 2, "seed_fits": True, "random_state": 0}
    found = [
        BayesSearchCV(new_net(cls=HalfPrecision), space, **params).fit(X, Y)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*map(scores, found))


@pytest.mark.filterwarnings(  # of torch's compiler
    "ignore::DeprecationWarning", "ignore:The .grad attribute"
)
@pytest.mark.slow
def test_compiled_nets_in_a_search():
    try:
        torch.compile(torch.nn.Linear(2, 2))(torch.ones(1, 2))
    except Exception as error:  # InductorError, whose place has moved
        pytest.skip(f"torch.compile finds no C++ compiler that it can use: {error}")
    space = {"lr": (1e-2, 1.0, "log-uniform")}
    params = {"max_resources": 2, "factor": 2, "scheduler": "halving", "n_iter": 2}
    params |= {"cv": ShuffleSplit(1, random_state=0), "seed_fits": True}
    found = [
        HyperbandSearchCV(
            new_net(compile=compile), space, random_state=0, n_jobs=1, **params
        ).fit(X, Y)
        for compile in (False, True)
    ]
    assert found[1].continued_
    plain, compiled = (search.cv_results_["mean_test_score"] for search in found)
    np.testing.assert_allclose(compiled, plain, atol=0.05)  # sums in another order
    assert found[1].predict(X).shape == Y.shape
