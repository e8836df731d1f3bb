"""Which sources decide what a method proposes: a digest of what it imports."""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PACKAGES = ("space", "surrogates", "optimizers", "_pareto")
_SPACE = "sksearch.space._search_space"  # which reaches optimizers with the history


def digest_of(module: str) -> str:
    """Return eight digits of a digest of a module and of all that it needs.

    Parameters
    ----------
    module : str
        Its full name.

    Returns
    -------
    digest : str
        Of the code without comments and docstrings: they change no result. Modules of
        other packages than those that decide on parameters have no say.
    """
    digest = hashlib.sha256()
    for name in sorted(needed_by(module) | needed_by(_SPACE)):
        digest.update(_code(name).encode())
    return digest.hexdigest()[:8]


def needed_by(module: str) -> set[str]:
    """Return a module and those that it imports, directly or not."""
    found: set[str] = set()
    left = [module]
    while left:
        name = left.pop()
        if name not in found and name.split(".")[1] in _PACKAGES:
            found.add(name)
            left += _imports(name)
    return found


def _imports(name: str) -> Iterator[str]:
    """Yield the modules of ours in which that is defined which a module imports."""
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(
            "sksearch."
        ):
            package = str(node.module)
            exported = _exports(package) if _path(package).stem == "__init__" else {}
            yield from (exported.get(alias.name, package) for alias in node.names)


@cache
def _exports(package: str) -> dict[str, str]:
    """Return which names a package takes from which of its modules."""
    return {
        alias.asname or alias.name: str(node.module)
        for node in ast.walk(_tree(package))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse(_path(name).read_text(encoding="utf-8"))


def _path(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    return Path(str(spec.origin))


def _code(name: str) -> str:
    tree = ast.parse(_path(name).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            has_docstring = ast.get_docstring(node, clean=False) is not None
            node.body = node.body[has_docstring:]
    return ast.unparse(tree)
