"""Every public name has a complete numpydoc docstring; `make check` runs this."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import sksearch

DOCS = Path(__file__).resolve().parents[1] / "docs"
REFERENCE, EXTENDING = DOCS / "api" / "index.md", DOCS / "user_guide" / "extending.md"

numpydoc_validate = pytest.importorskip("numpydoc.validate")

CHECKS = {"GL08", "PR01", "PR02", "PR03", "PR04", "PR06", "RT01", "SS03"}
# Where a name says it all, one line will do for a method that users do not call.
METHOD_CHECKS = CHECKS - {"PR01", "RT01"}
CALLED_BY_USERS = ("sksearch.estimators.", "sksearch.history.History")


def public_modules():
    yield sksearch.__name__
    for module in pkgutil.walk_packages(sksearch.__path__, "sksearch."):
        if not any(part.startswith("_") for part in module.name.split(".")):
            yield module.name


def public_objects():
    """Full names of what the public modules export, one name for each object."""
    names = {}
    for module_name in public_modules():
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", ()):
            documented = getattr(module, name)
            if inspect.isclass(documented) or inspect.isroutine(documented):
                names[documented] = f"{module_name}.{name}"
    return sorted(names.values())


def public_methods(cls):
    """Names of the methods and properties that are ours, not inherited."""
    # What a protocol wants as an attribute is told in the docstring of the class.
    kinds = () if getattr(cls, "_is_protocol", False) else property
    for name, member in vars(cls).items():
        described = isinstance(member, kinds) or inspect.isroutine(member)
        if described and not name.startswith("_"):
            yield name


def errors(name, checks):
    found = numpydoc_validate.validate(name)["errors"]
    return [f"{name}: {code} {text}" for code, text in found if code in checks]


def class_checks(cls):
    """A protocol is not called; errors and records are shown where they are made."""
    if getattr(cls, "_is_protocol", False):
        return CHECKS - {"PR01", "PR02"}
    record = dataclasses.is_dataclass(cls) or issubclass(cls, tuple | BaseException)
    return CHECKS if record else CHECKS | {"EX01"}


def in_the_reference():
    """Full names of what the reference lists."""
    text = REFERENCE.read_text(encoding="utf-8")
    found = re.findall(r"currentmodule:: (\S+)(.*?)```", text, re.DOTALL)
    for module, rest in found:
        for name in re.findall(r"^   (\w+)$", rest, re.MULTILINE):
            yield f"{module}.{name}"


@pytest.mark.parametrize("name", sorted(in_the_reference()))
def test_it_has_an_example(name):
    """Which pytest runs as a doctest. Protocols have theirs on the page about them."""
    module, _, attribute = name.rpartition(".")
    documented = getattr(importlib.import_module(module), attribute)
    if getattr(documented, "_is_protocol", False):
        title = rf"^## An? {attribute.lower()}$"
        assert re.search(title, EXTENDING.read_text(encoding="utf-8"), re.MULTILINE)
    elif inspect.isclass(documented) or inspect.isroutine(documented):
        assert ">>> " in inspect.getdoc(documented)
    else:  # an object, such as a scorer: it is used in the example of its class
        assert re.search(rf">>> .*\b{attribute}\b", inspect.getdoc(type(documented)))


@pytest.mark.parametrize("name", public_objects())
def test_docstring_is_complete(name):
    documented = numpydoc_validate.Validator._load_obj(name)
    if not inspect.isclass(documented):
        assert errors(name, CHECKS) == []
        return
    checks = CHECKS if name.startswith(CALLED_BY_USERS) else METHOD_CHECKS
    found = errors(name, class_checks(documented))
    for method in public_methods(documented):
        found += errors(f"{name}.{method}", checks)
    assert found == []
