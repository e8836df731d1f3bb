"""Training nets of skorch epoch by epoch.

A net is carried from one process to another by the states of its parts: a net whose
module was defined in a script cannot be pickled in a worker. `partial_fit` begins a
training anew each time as far as its callbacks are concerned, so that schedules of the
learning rate and early stopping forget where they were; `fit_loop` does not, and what
callbacks remember is carried along.
"""

import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sksearch.exceptions import CheckpointError

__all__ = ["Epochs", "dtype_hint", "is_net"]

_PLAIN = (numbers.Number, str, type(None))


@dataclass(frozen=True)
class Epochs:
    """Epochs of a skorch net.

    Parameters
    ----------
    splits : bool, default=False
        Whether the net holds back rows of its own while it is searched, by its
        `train_split`. They would be lost for training in every fold.
    """

    splits: bool = False

    resource = "epochs"
    parameter = "max_epochs"
    continues = True

    def advance(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        start: int,
        stop: int,
        params: Mapping[str, Any],
    ) -> None:
        """Train some epochs more, unless a callback has ended the training.

        Parameters
        ----------
        estimator : NeuralNet
            The net.
        X, y : array-like
            The training rows.
        start, stop : int
            The epochs trained before and after.
        params : dict
            For the net's `fit_loop`.
        """
        if start == 0:
            self.begin(estimator, X, y)
        if estimator.ended_:
            return
        try:
            estimator.fit_loop(X, y, epochs=stop - start, **params)
        except KeyboardInterrupt:  # how callbacks end a training
            estimator.ended_ = True

    def begin(self, estimator: Any, X: Any, y: Any) -> None:
        """Draw weights, and tell the callbacks that training begins."""
        if not self.splits:
            estimator.set_params(train_split=None)
        estimator.initialize()
        estimator.notify("on_train_begin", X=X, y=y)
        # By which a classifier knows its classes: `fit_loop`, which looks too, is not
        # reached where training has ended, or is that of many nets.
        estimator.check_data(X, y)
        estimator.ended_ = False

    def finish(self, estimator: Any, X: Any, y: Any) -> None:
        """Tell the callbacks that training is over: some bring back the best epoch."""
        estimator.notify("on_train_end", X=X, y=y)

    def refit(self, estimator: Any, X: Any, y: Any, resource: int, params: Any) -> None:
        """Fit the net, with the rows that it holds back where it does."""
        estimator.fit(X, y, **params)

    def shortened(self, estimator: Any, resource: int) -> Any:
        """Return None: the weights of earlier epochs are gone."""
        return None

    def state(self, estimator: Any) -> dict[str, Any]:
        """Return the states of all parts, on the CPU."""
        return {
            "parts": {
                name: _on_cpu(getattr(estimator, name + "_").state_dict())
                for name in _parts(estimator)
            },
            "callbacks": {name: _memory(c) for name, c in estimator.callbacks_},
            "history": list(estimator.history),
            "ended": estimator.ended_,
        }

    def restored(self, estimator: Any, state: dict[str, Any], X: Any, y: Any) -> Any:
        """Return the net with these states."""
        self.begin(estimator, X, y)  # without a history: as at first
        for name in _parts(estimator):
            _load(getattr(estimator, name + "_"), name, state["parts"][name])
        for name, callback in estimator.callbacks_:
            _remember(callback, state["callbacks"][name])
        estimator.history_ = type(estimator.history)(state["history"])
        estimator.ended_ = state["ended"]
        return estimator

    def may_change(self, estimator: Any, name: str, value: Any) -> bool:
        """Tell whether weights and callbacks stay what they are with another value.

        Whole numbers and names among the parameters of a module say how large it is, or
        what it is made of; fractions, such as dropout's, do not.
        """
        part, _, option = name.partition("__")
        if part.startswith("module"):
            return option != "" and isinstance(value, float)
        if part.startswith(("optimizer", "criterion")):
            return option != ""
        return name in ("lr", "batch_size") or part == "iterator_train"

    def change(
        self, estimator: Any, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> None:
        """Change what optimizers had from the state; all else is in the net already."""
        for name, value in new.items():
            part, _, option = ("optimizer__lr" if name == "lr" else name).partition(
                "__"
            )
            if part not in estimator._optimizers:
                continue
            for group in getattr(estimator, part + "_").param_groups:
                group[option] = _moved(group[option], old[name], value, option)
                if option == "lr" and "initial_lr" in group:
                    group["initial_lr"] = value
            if option == "lr":
                _rescale_schedules(estimator, value / old[name])


def is_net(estimator: Any) -> bool:
    """Whether an estimator is a net of skorch, which need not be installed."""
    bases = type(estimator).__mro__
    return hasattr(estimator, "fit_loop") and any(
        base.__module__.startswith("skorch.") for base in bases
    )


def dtype_hint(estimator: Any, X: Any, y: Any, error: Exception) -> str:
    """Return what to do where a net was given numbers of another type than its own.

    Parameters
    ----------
    estimator : estimator
        What failed.
    X, y : array-like
        What it was given.
    error : Exception
        How it failed.

    Returns
    -------
    hint : str
        Empty where types are not the matter.
    """
    steps = getattr(estimator, "steps", None)
    net = steps[-1][1] if steps else estimator
    text = str(error)
    is_about_types = any(word in text for word in ("dtype", "scalar type", "Double"))
    if not is_net(net) or not is_about_types:
        return ""
    found = f"X is {getattr(X, 'dtype', type(X).__name__)}"
    found += f", y is {getattr(y, 'dtype', type(y).__name__)}"
    where = (
        ". In a pipeline the step before the net has to make them float32, for example "
        "FunctionTransformer(np.float32)"
        if steps
        else ""
    )
    return (
        f"A net takes X as float32, and y as int64 (classes) or float32 of shape "
        f"(n, 1) (numbers); {found}. Pass X.astype(np.float32) and "
        f"y.astype(np.int64){where}."
    )


def _parts(net: Any) -> list[str]:
    """Return the names of modules, criteria and optimizers."""
    return [*net._modules, *net._criteria, *net._optimizers]


def _load(part: Any, name: str, state: Any) -> None:
    """Load the state of a part, which another shape of weights does not fit."""
    try:
        part.load_state_dict(state)
    except (RuntimeError, ValueError) as error:
        raise CheckpointError(
            f"The state of the net's {name} does not fit the parameters with which it "
            f"is to be trained on: {error}. Name the parameter that changes the shape "
            "of the weights in fixed_params."
        ) from error


def _moved(current: Any, old: Any, new: Any, option: str) -> Any:
    """Return an option's new value; a rate that was scheduled keeps its share."""
    if option != "lr" or current == old:
        return new
    return current * new / old


def _rescale_schedules(net: Any, ratio: float) -> None:
    """Let schedules of the learning rate start from the new one."""
    for _, callback in net.callbacks_:
        schedule = getattr(callback, "lr_scheduler_", None)
        for name in ("base_lrs", "_last_lr"):
            rates = getattr(schedule, name, None)
            if isinstance(rates, list):
                setattr(schedule, name, [rate * ratio for rate in rates])


def _on_cpu(state: Any) -> Any:
    if isinstance(state, Mapping):
        return {key: _on_cpu(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(map(_on_cpu, state))
    return state.detach().cpu() if hasattr(state, "detach") else state


def _memory(callback: Any) -> dict[str, Any]:
    """Return what a callback has learned: numbers, texts, and states of schedules."""
    learned = {
        name: value
        for name, value in vars(callback).items()
        if name.endswith("_") and not isinstance(value, type)
    }
    states = {
        name: value.state_dict()
        for name, value in learned.items()
        if hasattr(value, "state_dict")
    }
    plain = {
        name: _on_cpu(value)
        for name, value in learned.items()
        if isinstance(value, _PLAIN) or name == "best_model_weights_"
    }
    return {**plain, **states}


def _remember(callback: Any, memory: Mapping[str, Any]) -> None:
    for name, value in memory.items():
        current = getattr(callback, name, None)
        if current is not None and hasattr(current, "load_state_dict"):
            current.load_state_dict(value)
        else:
            setattr(callback, name, value)
