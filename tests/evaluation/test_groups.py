"""Fits that are trained as one: who is, who is not and why, and what comes of it."""

import collections
import contextlib
import dataclasses
import gc
import pickle
import warnings
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.metrics import make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sksearch.evaluation import (
    Checkpoints,
    Epochs,
    Evaluator,
    Fit,
    LastStep,
    TrainOn,
    _leasing,
    _together,
)
from sksearch.evaluation._asked_devices import make_pool
from sksearch.evaluation._batched_nets import train_as_one
from sksearch.evaluation._groups import GroupExecutor, Groups, groups_of
from sksearch.evaluation._lone_nets import why_all_alone, why_alone
from sksearch.evaluation._together import evaluate_together
from sksearch.exceptions import CheckpointWarning, SeparateTrainingWarning
from sksearch.history import Trial
from sksearch.metrics import neg_fit_time
from sksearch.torch import DeviceLoader

torch = pytest.importorskip("torch", reason="torch is an extra")
skorch = pytest.importorskip("skorch", reason="skorch is an extra")

DIGITS = load_digits(return_X_y=True)
X, Y = (DIGITS[0][:120] / 16).astype(np.float32), DIGITS[1][:120].astype(np.int64)
ROWS = np.arange(120)
SPLITS = [(ROWS[40:], ROWS[:40]), (ROWS[:80], ROWS[80:]), (ROWS[:70], ROWS[70:])]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Net(torch.nn.Module):
    def __init__(self, width=8, between=None):
        super().__init__()
        between = between or torch.nn.Identity()
        layers = torch.nn.Linear(64, width), between, torch.nn.Linear(width, 10)
        self.layers = torch.nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


class Tied(Net):
    def __init__(self):
        super().__init__(64)
        self.layers[1] = self.layers[0]


class Frozen(Net):
    def __init__(self):
        super().__init__()
        self.layers[0].requires_grad_(False)


class Hidden(Net):
    """Draws while it is trained, and nothing that is known before tells of it."""

    def forward(self, x):
        return super().forward(torch.nn.functional.dropout(x, 0.5, self.training))


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.GRU(8, 8, batch_first=True)
        self.out = torch.nn.Linear(8, 10)

    def forward(self, x):
        seen, _ = self.layer(x.view(-1, 8, 8))
        return self.out(seen[:, -1])


class Own(skorch.NeuralNetClassifier):
    def infer(self, x, **params):
        return super().infer(x, **params)


class Weighted(torch.nn.CrossEntropyLoss):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(1))


class OwnOptimizer(torch.optim.SGD):
    pass


class LoaderOfMine(torch.utils.data.DataLoader):
    pass


def new_net(cls=skorch.NeuralNetClassifier, **params):
    defaults = {
        "module": Net,
        "criterion": torch.nn.CrossEntropyLoss,
        "batch_size": 32,
        "train_split": None,
        "iterator_train__shuffle": True,
        "verbose": 0,
    }
    return cls(**{**defaults, **params})


def evaluator(folder, net=None, said=None, **changes):
    train = TrainOn(Epochs(), Checkpoints(str(folder), 10**9), 1, 4, print)
    if said is not None:
        train = dataclasses.replace(train, tell=said.append)
    scorer = make_scorer(log_likelihood, response_method="predict_proba")
    made = Evaluator(
        net or new_net(), X, Y, SPLITS, scorer, seed=3, seed_fits=True, train=train
    )
    return dataclasses.replace(made, **changes)


def log_likelihood(y, probabilities):
    return probabilities[np.arange(len(y)), y].mean()


def fits(rates, resource=1, folds=(0, 1), earlier=()):
    return [
        Fit(Trial(number, {"lr": rate}), resource, fold, earlier)
        for number, rate in enumerate(rates)
        for fold in folds
    ]


def scores(evaluations):
    return {(e.trial_id, e.fold): e.scores["score"] for e in evaluations}


# -- what comes of it --------------------------------------------------------------


def test_scores_and_checkpoints_are_those_of_each_alone(tmp_path):
    rates, folders = (0.1, 0.02, 0.5), [tmp_path / "alone", tmp_path / "together"]
    alone, together = (evaluator(folder) for folder in folders)
    for folder in folders:
        folder.mkdir()
    for resource, earlier in ((1, ()), (3, (1,)), (4, (1, 3))):
        asked = fits(rates, resource, earlier=earlier)
        expected = scores(map(alone, asked))
        assert scores(evaluate_together(together, asked)) == pytest.approx(expected)
    names = [sorted(path.name for path in folder.iterdir()) for folder in folders]
    assert names[0] == names[1]
    for name in names[0]:
        state, generators = pickle.loads((folders[0] / name).read_bytes())
        other, own = pickle.loads((folders[1] / name).read_bytes())
        assert torch.equal(generators[2], own[2])
        for key, value in state["parts"]["module"].items():
            torch.testing.assert_close(other["parts"]["module"][key], value)
        assert len(other["history"]) == len(state["history"])


def test_who_was_trained_together_goes_on_alone_and_the_other_way_round(tmp_path):
    first, second = fits((0.1, 0.02)), fits((0.1, 0.02), 4, earlier=(1,))
    found = []
    for number, together in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        (tmp_path / str(number)).mkdir()
        by = evaluator(tmp_path / str(number))
        for asked, as_one in zip((first, second), together, strict=True):
            results = evaluate_together(by, asked) if as_one else [*map(by, asked)]
        found.append(scores(results))
    for other in found[1:]:
        assert other == pytest.approx(found[0])


def test_dropout_of_nothing_is_no_dropout(tmp_path):
    asked = fits((0.1, 0.02))
    by = evaluator(tmp_path, new_net(module__between=torch.nn.Dropout(0.0)))
    together = evaluate_together(by, asked)  # a warning would say that it failed
    assert scores(together) == pytest.approx(scores(map(by, asked)))


def test_times_are_shared_out_one_after_the_other(tmp_path):
    by = dataclasses.replace(evaluator(tmp_path), origin=0.0)
    results = evaluate_together(by, fits((0.1, 0.02, 0.5)))
    ends = [e.started + e.fit_time + e.score_time for e in results]
    starts = [e.started for e in results]
    for end, start in zip(ends, starts[1:], strict=False):
        assert start >= end - 1e-3
    assert all(e.fit_time > 0 for e in results)


def test_nothing_of_the_callers_generators_is_used(tmp_path):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    evaluate_together(evaluator(tmp_path), fits((0.1, 0.02)))
    assert torch.equal(before, torch.get_rng_state())


def test_a_group_that_cannot_be_trained_is_trained_one_by_one(tmp_path):
    asked = fits((0.1, 0.02))
    by = evaluator(tmp_path, new_net(module=Hidden))
    with pytest.warns(SeparateTrainingWarning, match="4 nets could not be trained"):
        results = evaluate_together(by, asked)
    assert scores(results) == scores(map(by, asked))


def test_a_member_that_fails_fails_alone(tmp_path):
    asked = fits((0.1, -1.0, 0.02), folds=(0,))
    by = evaluator(tmp_path)
    with pytest.warns(SeparateTrainingWarning, match="Invalid learning rate"):
        results = evaluate_together(by, asked)
    assert [e.status for e in results] == ["ok", "failed", "ok"]
    assert scores([results[0]]) == scores([by(asked[0])])


def test_a_member_whose_checkpoint_is_lost_begins_again_alone(tmp_path):
    by = evaluator(tmp_path)
    evaluate_together(by, fits((0.1, 0.02, 0.5)))
    second = fits((0.1, 0.02, 0.5), 4, earlier=(1,))
    expected = scores(map(by, second))
    (tmp_path / "1-0-1.pkl").unlink()
    with pytest.warns(CheckpointWarning, match="candidate 1 cannot be read") as said:
        results = evaluate_together(by, second)
    assert len(said) == 1
    assert scores(results) == pytest.approx(expected)


class Crowded(Net):
    """Is crowded out by others where it is scored, and not where it is trained."""

    alive = weakref.WeakSet()

    def __init__(self):
        super().__init__()
        self.alive.add(self)

    def forward(self, x):
        if not self.training and len(self.alive) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. (simulated)")
        return super().forward(x)


@pytest.mark.filterwarnings("ignore:Scoring failed")
@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_who_is_crowded_out_when_scored_is_run_alone(error_score, tmp_path):
    asked, net = fits((0.1, 0.02)), new_net(module=Crowded)
    by = evaluator(tmp_path, net, error_score=error_score)
    with no_garbage_collection():  # all are gone as soon as nobody needs them
        results = evaluate_together(by, asked)
        assert [e.status for e in results] == ["ok"] * 4
        assert scores(results) == pytest.approx(scores(map(by, asked)))


@pytest.mark.parametrize("most", [1, 3, 5])
def test_a_group_too_large_for_the_memory_is_halved(most, tmp_path, monkeypatch):
    sizes = []

    def limited(runs, epochs):
        sizes.append(len(runs))
        if len(runs) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. (simulated)")
        train_as_one(runs, epochs)

    monkeypatch.setattr(_together, "train_as_one", limited)
    pool, asked = make_pool(["cpu:1"]), fits((0.1, 0.02, 0.5, 0.3))
    by = evaluator(tmp_path, pool=pool)
    if most == 1:
        with pytest.warns(SeparateTrainingWarning, match="2 nets .* OutOfMemoryError"):
            results = evaluate_together(by, asked)
    else:
        results = evaluate_together(by, asked)
    assert sizes[: 2 if most == 5 else 3] == ([8, 4] if most == 5 else [8, 4, 2])
    assert scores(results) == pytest.approx(scores(map(by, asked)))


@contextlib.contextmanager
def no_garbage_collection():
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_a_group_has_its_device_once_until_all_are_scored(tmp_path, monkeypatch):
    cleaned, at = [], []

    @contextlib.contextmanager
    def left_clean(device):
        yield
        cleaned.append(device)

    def log(net, X, y):
        at.append(net.device)
        return log_likelihood(y, net.predict_proba(X))

    monkeypatch.setattr(_leasing, "left_clean", left_clean)
    pool = make_pool(["cpu:1"])
    by = evaluator(tmp_path, scorer=log, pool=pool)
    results = evaluate_together(by, fits((0.1, 0.02)))
    assert cleaned == ["cpu:1"]
    assert at == ["cpu:1"] * 4
    alone = evaluator(tmp_path, scorer=log)
    assert scores(results) == pytest.approx(scores(map(alone, fits((0.1, 0.02)))))


def test_no_tensor_outlives_its_fit(tmp_path):
    by, asked = evaluator(tmp_path), fits((0.1, 0.02))
    evaluate_together(by, asked)  # what is kept once is kept now
    with no_garbage_collection():
        before = n_tensors()
        by(asked[0])
        assert n_tensors() == before
        evaluate_together(by, asked)
        assert n_tensors() == before


def n_tensors():
    return sum(issubclass(type(each), torch.Tensor) for each in gc.get_objects())


def test_a_net_of_a_group_is_made_once(tmp_path):
    by = evaluator(tmp_path, new_net(module=Made))
    Made.n_made = 0
    evaluate_together(by, fits((0.1, 0.02)))
    assert Made.n_made == 4


class Made(Net):
    n_made = 0

    def __init__(self):
        super().__init__()
        type(self).n_made += 1


# -- who is trained together -------------------------------------------------------


def kind_of(fit):
    """What fits that are trained as one have in common: all take a step an epoch."""
    width, before = fit.trial.params["module__width"], max(fit.earlier, default=0)
    return width, fit.resource, before  # how it came there does not matter


@settings(max_examples=50, deadline=None)
@given(
    asked=st.lists(
        st.tuples(
            st.sampled_from([8, 16]),
            st.sampled_from([(1, ()), (9, (1, 3)), (9, (3,)), (9, ())]),
            st.integers(0, 2),
        ),
        max_size=12,
    ),
    n_slots=st.integers(1, 3),
)
def test_all_are_taken_once_and_the_largest_group_first(asked, n_slots):
    groups = Groups(evaluator("nowhere"), print)
    waiting = collections.deque(
        Fit(Trial(number, {"module__width": width, "lr": number}), stop, fold, earlier)
        for number, (width, (stop, earlier), fold) in enumerate(asked)
    )
    keys, taken = [fit.key for fit in waiting], []
    while waiting:
        n_waiting = len(waiting)
        sizes = collections.Counter(map(kind_of, waiting))
        group = groups.take(waiting, n_slots)
        assert len(waiting) == n_waiting - len(group)
        group = group or [waiting.popleft()]
        [kind] = {kind_of(fit) for fit in group}
        assert len(group) == 1 or sizes[kind] == max(sizes.values())
        assert len(group) == min(max(1, -(-sizes[kind] // n_slots)), 64)
        assert all(f.together for f in group) == (len(group) > 1)
        taken += group
    assert sorted(keys) == sorted(fit.key for fit in taken)


def test_rows_may_be_told_by_masks():
    masks = [np.isin(ROWS, train) for train, _ in (SPLITS[0], (ROWS[:20], None))]
    splits = [(mask, ~mask) for mask in masks]  # three batches, and one
    groups = groups_of(evaluator("nowhere", splits=splits))
    waiting = collections.deque(fits((0.1, 0.02)))
    found = [{fit.fold for fit in groups.take(waiting)} for _ in range(2)]
    assert found == [{0}, {1}]


def test_groups_are_not_larger_than_memory_allows():
    waiting = collections.deque(fits(np.geomspace(1e-3, 1, 70), folds=(0,)))
    groups = groups_of(evaluator("nowhere"))
    assert len(groups.take(waiting)) == 64
    assert len(groups.take(waiting)) == 6


def test_the_executor_gives_up_what_has_not_begun(tmp_path):
    by = evaluator(tmp_path)
    executor = GroupExecutor(by, groups_of(by))
    waiting = collections.deque(fits((0.1, 0.02)))
    executor.feed(waiting)
    assert executor.n_running == 4
    assert executor.drain() == []
    assert executor.n_running == 0


REASONS = {
    "has dropout": {"module__between": torch.nn.Dropout(0.1)},
    "has buffers": {"module__between": torch.nn.BatchNorm1d(8)},
    "in several places": {"module": Tied},
    "weights are not trained": {"module": Frozen},
    "of several types": {"module__between": torch.nn.Linear(8, 8).double()},
    "criterion has weights": {"criterion": Weighted},
    "and not SGD, Adam or AdamW": {"optimizer": torch.optim.RMSprop},
    "no optimizer of torch": {"optimizer": OwnOptimizer},
    "has dampening=0.1": {
        "optimizer__momentum": 0.9,
        "optimizer__dampening": 0.1,
    },
    "has amsgrad=True": {
        "optimizer": torch.optim.Adam,
        "optimizer__amsgrad": True,
    },
    "groups of weights": {"optimizer__param_groups": [("*.bias", {"lr": 1})]},
    "the callback decay": {
        "callbacks": [("decay", skorch.callbacks.LRScheduler("StepLR", step_size=1))]
    },
    "the callback kept": {
        "callbacks": [("kept", skorch.callbacks.EpochScoring("accuracy", on_train=1))]
    },
    "together they fail by RuntimeError: vmap: called random": {"module": Hidden},
    "together they fail by RuntimeError: Batching rule": {"module": Recurrent},
    "iterator_train is LoaderOfMine": {"iterator_train": LoaderOfMine},
    "iterator_train has ['num_workers']": {"iterator_train__num_workers": 1},
}


@pytest.mark.parametrize("reason", REASONS)
def test_nets_that_are_trained_alone(reason):
    said = []
    made = evaluator("nowhere", new_net(**REASONS[reason]), said)
    waiting = collections.deque(fits((0.1, 0.02)))
    for _ in range(2):
        assert groups_of(made).take(waiting) == []
    assert len(waiting) == 4
    assert all(reason in each for each in said)
    assert len(said) == 2  # once for each search


@pytest.mark.parametrize(
    "params",
    [
        {"callbacks__valid_acc": None},
        {"callbacks": "disable"},
        {"optimizer": torch.optim.AdamW},
        {"iterator_train": DeviceLoader, "iterator_train__drop_last": True},
        {"module__between": torch.nn.LayerNorm(8)},
        {"module__between": torch.nn.Dropout(0.0)},
    ],
    ids=str,
)
def test_nets_that_are_not(params):
    net = new_net(**params)
    assert why_alone(clone(net).initialize()) is None
    groups = groups_of(evaluator("nowhere", net))
    assert len(groups.take(collections.deque(fits((0.1, 0.02))))) == 4


def test_a_net_that_cannot_be_made_is_told():
    said = []
    made = evaluator("nowhere", new_net(module__depth=3), said)
    assert groups_of(made).take(collections.deque(fits((0.1, 0.02)))) == []
    assert "cannot be made: TypeError" in said[0]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("seed_fits=True", {"seed_fits": False}),
        ("fit is given ['epochs']", {"fit_params": {"epochs": 3}}),
        ("Own has a infer", {"estimator": new_net(Own)}),
        ("is compiled", {"estimator": new_net(compile=True)}),
        ("is scored", {"scorer": neg_fit_time}),
        ("no step of a pipeline", {"estimator": make_pipeline(FunctionTransformer())}),
    ],
    ids=str,
)
def test_searches_without_groups(reason, changes):
    found = why_all_alone(evaluator("nowhere", **changes), Epochs())
    assert reason in found


def test_trainings_without_groups():
    made = evaluator("nowhere")
    assert why_all_alone(made, Epochs()) is None
    assert "train_split" in why_all_alone(made, Epochs(splits=True))
    assert "pipeline" in why_all_alone(made, LastStep("net", Epochs()))
    alone = dataclasses.replace(made.train, tell=None)
    assert groups_of(dataclasses.replace(made, train=alone)) is None
    assert groups_of(dataclasses.replace(made, train=None)) is None


def test_a_look_at_a_net_draws_nothing():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        groups_of(evaluator("nowhere")).take(collections.deque(fits((0.1, 0.02))))
    assert torch.equal(before, torch.get_rng_state())


def test_who_took_other_ways_to_the_same_rung_goes_on_together(tmp_path):
    found = []
    for as_one in (False, True):
        (tmp_path / str(as_one)).mkdir()
        by = evaluator(tmp_path / str(as_one), new_net(optimizer=torch.optim.Adam))
        one, other = (Fit(Trial(n, {"lr": 0.1 / (n + 1)}), 1, 0) for n in (0, 1))
        straight = dataclasses.replace(other, resource=3)
        steps = [one, dataclasses.replace(one, resource=3, earlier=(1,)), straight]
        for fit in steps:
            by(fit)
        last = [
            dataclasses.replace(one, resource=4, earlier=(1, 3)),
            dataclasses.replace(other, resource=4, earlier=(3,)),
        ]
        waiting = collections.deque(last)
        group = groups_of(by).take(waiting)
        assert len(group) == 2
        found.append(scores(evaluate_together(by, group) if as_one else map(by, last)))
    assert found[1] == pytest.approx(found[0])
