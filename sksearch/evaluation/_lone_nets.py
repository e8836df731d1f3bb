"""Why nets are trained alone: what one net made of many would not do as each does."""

import importlib
from typing import Any

from sksearch._sklearn_compat import scorers_by_name
from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._nets import Epochs, is_net
from sksearch.evaluation._stacked_optimizers import RULES
from sksearch.evaluation._training import Training
from sksearch.metrics import neg_fit_time, neg_peak_memory

__all__ = ["why_all_alone", "why_alone"]

_SKORCH = {"skorch.net", "skorch.classifier", "skorch.regressor"}
# What is done for all nets at once, in the place of their own.
_REPLACED = (
    *("fit_loop", "run_single_epoch", "train_step", "train_step_single", "infer"),
    *("get_loss", "get_dataset", "get_split_datasets", "get_iterator", "check_data"),
    *("on_batch_begin", "on_batch_end", "on_grad_computed"),
)
_QUIET = {"EpochTimer", "PassthroughScoring", "EpochScoring", "PrintLog"}
_ITERATES = {"shuffle", "drop_last", "batch_size", "device"}


def why_all_alone(evaluator: Evaluator, training: Training) -> str | None:
    """Return why no nets of a search are trained as one.

    Parameters
    ----------
    evaluator : Evaluator
        Of the search.
    training : Training
        How candidates are trained on.

    Returns
    -------
    reason : str or None
        None where nothing is known against it.
    """
    net: Any = evaluator.estimator
    if not is_net(net) or not isinstance(training, Epochs):
        return "only nets by epochs are, which are no step of a pipeline"
    if training.splits:
        return "the net holds rows back by its train_split"
    if not evaluator.seed_fits:
        return "only with seed_fits=True has a net weights of its own to begin with"
    if evaluator.fit_params:
        return f"fit is given {sorted(evaluator.fit_params)}"
    if evaluator.reshuffled is not None:
        return "reshuffle gives each candidate rows of its own"
    if {neg_fit_time, neg_peak_memory} & {*scorers_by_name(evaluator.scorer).values()}:
        return "what a fit takes is scored, and they would share it"
    return _why_class(net)


def _why_class(net: Any) -> str | None:
    for name in _REPLACED:
        [owner, *_] = [cls for cls in type(net).__mro__ if name in vars(cls)]
        if owner.__module__ not in _SKORCH:
            return f"{owner.__name__} has a {name} of its own"
    if net.compile:
        return "the net is compiled"
    return None


def why_alone(net: Any) -> str | None:
    """Return why nets of one architecture are trained alone.

    Parameters
    ----------
    net : NeuralNet
        One of them, initialized.

    Returns
    -------
    reason : str or None
        None where nothing is known against it; what a module does is seen when it runs.
    """
    return (
        _why_parts(net)
        or _why_module(net.module_)
        or _why_optimizer(net)
        or _why_callbacks(net)
        or _why_iterator(net)
    )


def _why_parts(net: Any) -> str | None:
    parts = [*net._modules, *net._criteria, *net._optimizers]
    if parts != ["module", "criterion", "optimizer"]:
        return f"the net consists of {parts}"
    if any(True for _ in net.criterion_.parameters()):
        return "its criterion has weights"
    return None


def _why_module(module: Any) -> str | None:
    dropout = importlib.import_module("torch.nn.modules.dropout")._DropoutNd
    if any(isinstance(part, dropout) and part.p > 0 for part in module.modules()):
        return "its module has dropout"
    if any(True for _ in module.buffers()):
        return "its module has buffers, as those of batch normalization are"
    weights = list(module.parameters())
    if not weights or not all(weight.requires_grad for weight in weights):
        return "some of its weights are not trained"
    if len(weights) < len(list(module.named_parameters(remove_duplicate=False))):
        return "some of its weights are in several places"
    if len({weight.dtype for weight in weights}) > 1:
        return "its weights are of several types"
    return None


def _why_optimizer(net: Any) -> str | None:
    optimizer, groups = net.optimizer_, net.optimizer_.param_groups
    name = type(optimizer).__name__
    if not type(optimizer).__module__.startswith("torch.optim."):
        return f"{name} is no optimizer of torch"
    if len(groups) > 1 or [*map(id, groups[0]["params"])] != [
        *map(id, net.module_.parameters())
    ]:
        return "its optimizer has groups of weights"
    rule = RULES.get((name, bool(groups[0].get("nesterov"))))
    if rule is None:
        return f"its optimizer is {name}, and not SGD, Adam or AdamW"
    other = [k for k, v in rule.plain.items() if groups[0].get(k, v) != v]
    return f"its optimizer has {other[0]}={groups[0][other[0]]}" if other else None


def _why_callbacks(net: Any) -> str | None:
    for name, callback in net.callbacks_:
        is_own = type(callback).__module__.startswith("skorch.callbacks.")
        is_quiet = is_own and type(callback).__name__ in _QUIET
        scores_training = (
            type(callback).__name__ == "EpochScoring" and callback.on_train
        )
        if not is_quiet or scores_training:
            return f"it has the callback {name}"
    return None


def _why_iterator(net: Any) -> str | None:
    loader = importlib.import_module("torch.utils.data").DataLoader
    is_known = net.iterator_train is loader or getattr(
        net.iterator_train, "keeps_data_on_device", False
    )
    others = net.get_params_for("iterator_train").keys() - _ITERATES
    if not is_known:
        return f"its iterator_train is {net.iterator_train.__name__}"
    return f"iterator_train has {sorted(others)}" if others else None
