"""What a file may have imported and called: a file is data from strangers.

Importing a module runs it, and so does calling a class. So without the user's word only
modules of the lists below are imported, and of what is in them only this is used:
classes whose constructors keep their parameters and do no more, classes of the kinds
that nets take as parameters, and functions that compute and do no more.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sksearch._plain_values._paths import check_path, home_of, resolve
from sksearch.exceptions import MetadataError

__all__ = ["check_trusted", "trusted_object"]

_SKLEARN = """
    base calibration cluster compose covariance cross_decomposition decomposition
    discriminant_analysis dummy ensemble feature_extraction feature_extraction.image
    feature_extraction.text feature_selection frozen gaussian_process
    gaussian_process.kernels impute isotonic kernel_approximation kernel_ridge
    linear_model manifold metrics metrics.cluster metrics.pairwise mixture
    model_selection multiclass multioutput naive_bayes neighbors neural_network
    pipeline preprocessing random_projection semi_supervised svm tree
"""
_SKSEARCH = "callbacks metrics optimizers schedulers selection space"
_MODULES = frozenset(
    [
        *(f"sklearn.{name}" for name in _SKLEARN.split()),
        *("sksearch", *(f"sksearch.{name}" for name in _SKSEARCH.split())),
        *("builtins", "numpy", "scipy.special"),
        *("lightgbm", "xgboost", "catboost"),
        *("skorch", "skorch.callbacks", "skorch.dataset", "skorch.probabilistic"),
        *("torch.nn", "torch.nn.functional", "torch.nn.init", "torch.optim"),
        *("torch.optim.lr_scheduler", "torch.utils.data"),
    ]
)
_PACKAGES = frozenset(name.partition(".")[0] for name in _MODULES)

# By name, so that no library is imported to look.
_OBJECTS = frozenset(
    [
        "sklearn.base:BaseEstimator",
        "sklearn.gaussian_process.kernels:Kernel",
        "sklearn.model_selection._split:BaseCrossValidator",
        "sklearn.model_selection._split:BaseShuffleSplit",
        "sklearn.model_selection._split:_RepeatedSplits",
        "sklearn.compose._column_transformer:make_column_selector",
        "skorch.callbacks.base:Callback",
        "skorch.dataset:ValidSplit",
        "catboost.core:CatBoost",
    ]
)
_CLASSES = frozenset(
    [
        "sklearn.base:BaseEstimator",
        "numpy:generic",
        "skorch.callbacks.base:Callback",
        "torch.nn.modules.module:Module",
        "torch.optim.lr_scheduler:LRScheduler",
        "torch.optim.optimizer:Optimizer",
        "torch.utils.data.dataloader:DataLoader",
        "torch.utils.data.dataset:Dataset",
        "torch.utils.data.sampler:Sampler",
    ]
)
_BUILTINS = bool, bytes, complex, float, int, object, str
_CALLED = abs, len, max, min, print, sum  # print is a default of skorch
_FUNCTIONS = (
    "sklearn.covariance",
    "sklearn.feature_selection",
    "sklearn.metrics",
    "sklearn.preprocessing",
    "torch.nn.functional",
    "torch.nn.init",
)
# numpy also has functions that read and write files.
_NUMPY = """
    abs amax amin average max mean median min nanmax nanmean nanmedian nanmin nanstd
    nansum nanvar prod ptp std sum var
"""


def check_trusted(paths: Sequence[str], trusted: Sequence[str]) -> None:
    """Refuse names of modules that nobody vouches for, before any is imported.

    Parameters
    ----------
    paths : sequence of str
        Names such as "sklearn.svm:SVC".
    trusted : sequence of str
        What the user vouches for besides: "mypackage", "mypackage.nets" or
        "mypackage.nets:Net".

    Raises
    ------
    MetadataError
        If there are others.
    """
    unknown = [p for p in paths if not (_module(p) in _MODULES or _vouched(p, trusted))]
    if unknown:
        raise _untrusted(unknown)


def trusted_object(kind: str, path: Any, where: str, trusted: Sequence[str]) -> Any:
    """Return what a path names, if it is trusted as what it is to be.

    Parameters
    ----------
    kind : {"object", "class", "function"}
        Whether it will be called with parameters, or is a value.
    path : object
        Its name in the file.
    where : str
        Its place in the file.
    trusted : sequence of str
        As of `check_trusted`.

    Raises
    ------
    MetadataError
        If it is not trusted, not found, or of another kind.
    """
    path = check_path(path, where)
    check_trusted([path], trusted)
    found = resolve(path, where)
    is_callable = callable(found) if kind == "function" else isinstance(found, type)
    if not is_callable:
        raise MetadataError(f"{where} is {path!r}, which is no {kind}.")
    # Where it was defined counts: a module has what it imported, too.
    if path not in trusted and not _vouched(home_of(found), trusted):
        is_ours = _module(home_of(found)).partition(".")[0] in _PACKAGES
        if not (is_ours and _IS_SAFE[kind](found)):
            raise _untrusted([path])
    return found


def _vouched(path: str, trusted: Sequence[str]) -> bool:
    return any(path == t or path.startswith((f"{t}.", f"{t}:")) for t in trusted)


def _module(path: str) -> str:
    return path.partition(":")[0]


def _untrusted(paths: Sequence[str]) -> MetadataError:
    names = ", ".join(dict.fromkeys(paths))
    return MetadataError(
        f"The file names {names}, which is not on the list of what may be imported and "
        "called: that would run its code. If you trust the file and this, pass "
        f"trusted={list(dict.fromkeys(paths))!r}, or the name of the package."
    )


def _bases(cls: type) -> set[str]:
    return {home_of(base) for base in cls.__mro__}


def _is_safe_object(cls: type) -> bool:
    """Whether the constructor keeps its parameters and does no more."""
    ours = cls.__module__.startswith("sksearch.") and dataclasses.is_dataclass(cls)
    return ours or bool(_bases(cls) & _OBJECTS)


def _is_safe_class(cls: type) -> bool:
    return cls in _BUILTINS or bool(_bases(cls) & _CLASSES)


def _is_safe_function(function: Any) -> bool:
    """Whether it computes and does no more."""
    if isinstance(function, np.ufunc) or function in _CALLED:
        return True
    module, _, name = home_of(function).partition(":")
    if isinstance(function, type) or name.startswith("_") or "." in name:
        return False
    is_listed = any(module == m or module.startswith(f"{m}.") for m in _FUNCTIONS)
    return is_listed or (module == "numpy" and name in _NUMPY.split())


_IS_SAFE: dict[str, Callable[[Any], bool]] = {
    "object": _is_safe_object,
    "class": _is_safe_class,
    "function": _is_safe_function,
}
