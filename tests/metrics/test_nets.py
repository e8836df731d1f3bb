"""What of a net counts, wherever in a model it stands."""

import warnings

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sksearch.metrics import NegLatency, neg_model_size, neg_n_parameters

torch = pytest.importorskip("torch", reason="torch is an extra")
skorch = pytest.importorskip("skorch", reason="skorch is an extra")

X, Y = load_iris(return_X_y=True)
X = X.astype(np.float32)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


N_PARAMETERS = 4 * 8 + 8 + 2 * 8 + 8 * 3 + 3
N_BYTES = 4 * (N_PARAMETERS + 2 * 8) + 8  # two running statistics, and a counter


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(4, 8)
        self.norm = torch.nn.BatchNorm1d(8)
        self.last = torch.nn.Linear(8, 3)

    def forward(self, x):
        return self.last(torch.relu(self.norm(self.first(x))))


def new_net(module=Net):
    return skorch.NeuralNetClassifier(
        module,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,  # with a state twice as large as the net
        max_epochs=1,
        train_split=None,
        verbose=0,
    )


def size(model):
    return -neg_model_size(model)


def quantized(module):
    with warnings.catch_warnings():  # torch sends to torchao, a package of its own
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(module, {torch.nn.Linear})


def test_parameters_and_buffers_are_the_size():
    net = new_net().fit(X, Y)
    assert size(net) == size(net.module_) == N_BYTES
    assert neg_n_parameters(net) == neg_n_parameters(net.module_) == -N_PARAMETERS


def test_a_pipeline_has_its_head_as_well():
    model = make_pipeline(StandardScaler(), FunctionTransformer(np.float32), new_net())
    model.fit(X, Y)
    head = model[:-1]
    # The names of the last step and of the classes of the pipeline come on top.
    assert size(head) + N_BYTES < size(model) < size(head) + N_BYTES + 200
    assert neg_n_parameters(model) == -N_PARAMETERS


def test_nets_inside_other_models():
    model = CalibratedClassifierCV(new_net(), cv=2).fit(X, Y)
    assert size(model) > 2 * N_BYTES
    assert neg_n_parameters(model) == -2 * N_PARAMETERS


def test_tied_weights_count_once():
    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.there = torch.nn.Linear(16, 16, bias=False)
            self.back = torch.nn.Linear(16, 16, bias=False)
            self.back.weight = self.there.weight

    assert size(Tied()) == 4 * 256
    assert neg_n_parameters(Tied()) == -256


def test_a_net_that_cannot_be_pickled_has_a_size():
    class Local(Net):
        pass

    assert size(new_net(Local).fit(X, Y)) == N_BYTES


def test_half_precision_is_half_the_size():
    net = new_net().fit(X, Y)
    net.module_.half()
    assert size(net) == (N_BYTES - 8) / 2 + 8
    assert neg_n_parameters(net) == -N_PARAMETERS


def test_quantized_weights_are_packed_elsewhere():
    module = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Linear(32, 10))
    n_weights, n_biases = 64 * 32 + 32 * 10, 32 + 10
    assert size(module) == 4 * (n_weights + n_biases)
    small = quantized(module)
    assert neg_n_parameters(small) == neg_n_parameters(module)
    per_layer = 4 + 8  # a scale and a zero point
    assert size(small) == n_weights + 4 * n_biases + 2 * per_layer


def test_sparse_weights_count_what_they_store():
    class Sparse(torch.nn.Module):
        def __init__(self):
            super().__init__()
            weight = torch.zeros(100, 100)
            weight[3, :10] = 1.0
            self.register_buffer("weight", weight.to_sparse())

    assert size(Sparse()) == 10 * 4 + 2 * 10 * 8


def test_latency():
    net = new_net().fit(X, Y)
    assert NegLatency(n_repeats=3, method="predict_proba")(net, X, Y) < 0
