"""DeviceLoader gives what torch's DataLoader gives, to the last bit and draw."""

import gc
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from sksearch import BayesSearchCV
from sksearch.torch import DeviceLoader, _device_loader

torch = pytest.importorskip("torch", reason="torch is an extra")
skorch = pytest.importorskip("skorch", reason="skorch is an extra")

from skorch.dataset import Dataset, ValidSplit  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler  # noqa: E402

N = 23
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 4)).astype(np.float32)
Y = RNG.integers(0, 3, N)


def batches(loader, dataset, seed=0, epochs=2, **options):
    torch.manual_seed(seed)
    found = []
    made = loader(dataset, **options)
    for _ in range(epochs):
        # As a layer that draws would, between two batches.
        found.extend((batch, torch.rand(2)) for batch in made)
    return made, found


def assert_same(a, b):
    assert type(a) is type(b) or {type(a), type(b)} <= {list, tuple}
    if isinstance(a, dict):
        assert list(a) == list(b)
        for name in a:
            assert_same(a[name], b[name])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for left, right in zip(a, b, strict=True):
            assert_same(left, right)
    else:
        assert a.dtype == b.dtype
        assert torch.equal(a, b)


def frame():
    pd = pytest.importorskip("pandas", reason="pandas is an extra")
    return pd.DataFrame({"a": X[:, 0], "b": np.arange(N)})


DATA = {
    "arrays": lambda: (X, Y),
    "float64": lambda: (X.astype(np.float64), Y.astype(np.int32)),
    "images": lambda: (X.reshape(N, 2, 2).astype(np.uint8), Y.astype(bool)),
    "one number": lambda: (X[:, 0], X[:, :1]),
    "tensors": lambda: (torch.tensor(X), torch.tensor(Y)),
    "dict": lambda: ({"X": X, "sample_weight": X[:, 0]}, Y),
    "tuple": lambda: ((X, X[:, :2], torch.tensor(X)), Y),
    "list": lambda: ([X, X[:, :1]], Y),
    "dicts": lambda: ({"X": X, "Z": torch.tensor(X)}, {"a": Y, "b": X}),
    "values": lambda: (X, Y.tolist()),
    "floats": lambda: (X, X[:, 0].tolist()),
    "no y": lambda: (X, None),
    "frame": lambda: (frame(), Y),
}


@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")  # theirs
@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("drop_last", [False, True])
def test_batches_are_the_same(name, shuffle, drop_last):
    dataset = Dataset(*DATA[name](), length=N)
    options = {"batch_size": 5, "shuffle": shuffle, "drop_last": drop_last}
    made, found = batches(DeviceLoader, dataset, **options)
    theirs, expected = batches(DataLoader, dataset, **options)
    assert len(made) == len(theirs)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert_same(one, other)


@settings(max_examples=40, deadline=None)
@given(
    n_rows=st.integers(1, 40),
    batch_size=st.integers(1, 45),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=st.integers(0, 99),
    own=st.booleans(),
)
def test_whatever_the_sizes_are(n_rows, batch_size, shuffle, drop_last, seed, own):
    dataset = Dataset(np.arange(n_rows, dtype=np.float32)[:, None], np.arange(n_rows))
    found = []
    for loader in (DeviceLoader, DataLoader):
        generator = torch.Generator().manual_seed(seed) if own else None
        options = {"shuffle": shuffle, "drop_last": drop_last, "generator": generator}
        found.append(
            batches(loader, dataset, seed, batch_size=batch_size, **options)[1]
        )
    assert_same(*found)


def test_a_sampler_and_parts_of_datasets():
    dataset = TensorDataset(torch.tensor(X), torch.tensor(Y))
    part = torch.utils.data.Subset(dataset, [5, 2, 9, 9, 0])
    part = torch.utils.data.Subset(part, np.array([3, 0, 1]))
    for rows, options in (
        (dataset, {"sampler": WeightedRandomSampler(np.arange(1.0, N + 1), 30)}),
        (part, {"shuffle": True}),
        (part, {}),
    ):
        found = batches(DeviceLoader, rows, batch_size=2, **options)[1]
        assert_same(found, batches(DataLoader, rows, batch_size=2, **options)[1])


class Net(torch.nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.first = torch.nn.Linear(4, width)
        self.drop = torch.nn.Dropout(0.3)
        self.last = torch.nn.Linear(width, 3)

    def forward(self, X, sample_weight=None):
        X = X.mul_(0.5)  # in place: the rows must not change for that
        return self.last(self.drop(torch.relu(self.first(X))))


def new_net(**params):
    defaults = {
        "criterion": torch.nn.CrossEntropyLoss,
        "max_epochs": 4,
        "batch_size": 5,
        "lr": 0.1,
        "verbose": 0,
        "train_split": None,
    }
    return skorch.NeuralNetClassifier(Net, **{**defaults, **params})


LOADERS = {"iterator_train": DeviceLoader, "iterator_valid": DeviceLoader}
NETS = {
    "in order": {},
    "shuffled": {"iterator_train__shuffle": True},
    "without the rest": {
        "iterator_train__shuffle": True,
        "iterator_train__drop_last": True,
    },
    "with a split": {
        "train_split": ValidSplit(3, stratified=True),
        "iterator_train__shuffle": True,
    },
    "all rows": {"batch_size": -1},
}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_net_learns_the_same(name, weighted):
    rows = {"X": X, "sample_weight": X[:, 0]} if weighted else X
    before, ends = X.copy(), []
    for options in ({}, LOADERS):
        torch.manual_seed(0)
        net = new_net(**NETS[name], **options).fit(rows, Y)
        torch.manual_seed(1)
        ends.append((net, net.predict_proba(rows), torch.rand(3)))
    (plain, scores, draws), (moved, same_scores, same_draws) = ends
    for key, value in plain.module_.state_dict().items():
        assert torch.equal(value, moved.module_.state_dict()[key])
    np.testing.assert_array_equal(scores, same_scores)
    assert torch.equal(draws, same_draws)
    if "valid_loss" in plain.history[0]:
        assert plain.history[:, "valid_loss"] == moved.history[:, "valid_loss"]
    np.testing.assert_array_equal(X, before)


# -- moved once --------------------------------------------------------------------


def test_an_array_that_cannot_change_moves_once():
    rows = X.copy()
    rows.flags.writeable = False
    count = len(_device_loader._kept)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # torch's, of arrays that are not writable
        first, second = (DeviceLoader(Dataset(rows, Y), batch_size=4) for _ in range(2))
    assert first._rows[0] is second._rows[0]
    assert len(_device_loader._kept) == count + 1
    del rows, first, second
    gc.collect()
    assert len(_device_loader._kept) == count


def test_an_array_that_can_change_moves_each_time():
    rows = X.copy()
    before = [batch[0].clone() for batch in DeviceLoader(Dataset(rows, Y), 50)]
    rows[:] = 7
    after = [batch[0] for batch in DeviceLoader(Dataset(rows, Y), 50)]
    assert not torch.equal(before[0], after[0])
    assert (after[0] == 7).all()


def test_what_an_array_is_a_view_of_may_change():
    rows = X.copy()
    view = rows[:]
    view.flags.writeable = False
    before = next(iter(DeviceLoader(Dataset(view, Y), 50)))[0]
    rows[:] = 7
    after = next(iter(DeviceLoader(Dataset(view, Y), 50)))[0]
    assert not torch.equal(before, after)


def test_a_search_moves_each_fold_once(monkeypatch):
    moved = []
    plain = torch.tensor

    def tensor(data, **options):
        if isinstance(data, np.ndarray):
            moved.append(data.shape)
        return plain(data, **options)

    monkeypatch.setattr(torch, "tensor", tensor)
    space = {"lr": (1e-3, 1.0, "log-uniform"), "module__width": (2, 8)}
    params = {"n_iter": 5, "cv": 3, "random_state": 0, "seed_fits": True}
    count = len(_device_loader._kept)
    search = BayesSearchCV(new_net(**LOADERS), space, refit=False, **params).fit(X, Y)
    assert len(moved) == 6  # train and test rows of three folds
    same = BayesSearchCV(new_net(), space, refit=False, **params).fit(X, Y)
    for name in ("split0_test_score", "mean_test_score"):
        np.testing.assert_array_equal(search.cv_results_[name], same.cv_results_[name])
    gc.collect()
    assert len(_device_loader._kept) == count


def test_a_lease_moves_the_data_too():
    from sksearch.evaluation._device_params import placement

    net = new_net(**LOADERS)
    names = ("device", "iterator_train__device", "iterator_valid__device")
    assert placement(net, "cuda:1") == dict.fromkeys(names, "cuda:1")
    net.set_params(iterator_train__device="cpu")
    assert placement(net, "cuda:1") == dict.fromkeys(names[::2], "cuda:1")
    placed = clone(new_net(**LOADERS)).set_params(**placement(net, "cpu:0"))
    torch.manual_seed(0)
    placed.fit(X, Y)
    assert placed.predict(X).shape == (N,)


# -- what it cannot do -------------------------------------------------------------


def test_what_makes_rows_on_demand_is_refused():
    class Own(Dataset):
        def transform(self, X, y):
            return X + 1, y

    with pytest.raises(TypeError, match="does not ask 'Own' for its rows"):
        DeviceLoader(Own(X, Y))
    with pytest.raises(TypeError, match="num_workers"):
        DeviceLoader(Dataset(X, Y), num_workers=2)


def test_sparse_rows_are_refused():
    from scipy.sparse import csr_matrix

    with pytest.raises(TypeError, match="sparse"):
        DeviceLoader(Dataset(csr_matrix(X), Y))


def test_torch_is_imported_when_it_is_used():
    code = """
import sys
import sksearch.torch
assert "torch" not in sys.modules
sys.modules["torch"] = None
try:
    sksearch.torch.DeviceLoader([1, 2])
except ImportError as error:
    assert 'pip install "sksearch[torch]"' in str(error)
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True)
