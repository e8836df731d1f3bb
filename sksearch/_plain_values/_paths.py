"""Where a class or function is imported from, as "package.module:Name", and back."""

import importlib
import itertools
import re
import sys
from typing import Any

import numpy as np

from sksearch.exceptions import MetadataError

__all__ = ["check_path", "home_of", "path_of", "resolve"]

_NAME = r"(?!__)[A-Za-z_]\w*"
_DOTTED = rf"{_NAME}(?:\.{_NAME})*"
_PATH = re.compile(rf"{_DOTTED}:{_DOTTED}", re.ASCII)
_UFUNC_HOMES = "numpy", "scipy.special"  # a ufunc does not know its module


def path_of(thing: Any, where: str) -> str:
    """Return the shortest path by which a class or function is imported.

    Parameters
    ----------
    thing : type or callable
        What has a name in a module.
    where : str
        For errors: what it is a value of.

    Raises
    ------
    MetadataError
        If no other process finds it: of `__main__`, local, a lambda or a method.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> path_of(SVC, "estimator")
    'sklearn.svm:SVC'
    """
    name = str(getattr(thing, "__qualname__", getattr(thing, "__name__", "")))
    if getattr(thing, "__module__", None) != "__main__":
        for module in _modules(thing):
            path = f"{module}:{name}"
            if _PATH.fullmatch(path) and _walk(sys.modules.get(module), name) is thing:
                return path
    raise MetadataError(
        f"{where} is {thing!r}, which cannot be imported by its name. Define it at the "
        "top of a module of your own (not in a script or a notebook), and use it from "
        "there."
    )


def home_of(thing: Any) -> str:
    """Return where a class or function was defined, as far as it tells."""
    module = next(iter(reversed(_modules(thing))), "")
    return f"{module}:{getattr(thing, '__qualname__', '')}"


def check_path(path: Any, where: str) -> str:
    """Return a path if it has the form of one.

    Parameters
    ----------
    path : object
        From a file.
    where : str
        For errors: its place in the file.
    """
    if isinstance(path, str) and _PATH.fullmatch(path):
        return path
    raise MetadataError(
        f"{where} is {str(path)[:80]!r}, and no import path such as 'sklearn.svm:SVC'."
    )


def resolve(path: str, where: str) -> Any:
    """Import what a path names. This runs its module: check before that it is trusted.

    Parameters
    ----------
    path : str
        As from `check_path`.
    where : str
        For errors: its place in the file.
    """
    module_name, _, name = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # a module may fail with anything
        raise MetadataError(
            f"{where} needs {path!r}, and importing {module_name!r} failed: {error}. "
            "Install the package, in the version that the file names."
        ) from error
    found = _walk(module, name)
    if found is None:
        raise MetadataError(
            f"{where} needs {path!r}, and {module_name!r} has no {name!r}. Install the "
            "version of its package that the file names."
        )
    return found


def _modules(thing: Any) -> list[str]:
    """Return the modules that may have it, outermost first."""
    if isinstance(thing, np.ufunc):
        homes = (m for m in _UFUNC_HOMES if _walk(sys.modules.get(m), thing.__name__))
        return list(homes)
    module = getattr(thing, "__module__", None)
    if not isinstance(module, str):
        return []
    return list(itertools.accumulate(module.split("."), lambda a, b: f"{a}.{b}"))


def _walk(module: Any, name: str) -> Any:
    """Return an attribute of a module, through classes only: never other modules."""
    found = module
    for part in name.split("."):
        if found is not module and not isinstance(found, type):
            return None
        try:
            found = getattr(found, part)
        except (AttributeError, ImportError):  # some modules say so when asked
            return None
    return found
