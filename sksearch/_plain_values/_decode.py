"""Values of parameters from JSON: nothing is imported that is not trusted."""

import base64
import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from scipy import stats
from sklearn.metrics import make_scorer

from sksearch._plain_values._encode import is_stored_dtype
from sksearch._plain_values._paths import check_path
from sksearch._plain_values._trust import check_trusted, trusted_object
from sksearch.exceptions import MetadataError

__all__ = ["from_plain", "names_in"]

_NAMES = "$object", "$class", "$function"
_MOST_BYTES = 2**28  # a short file must not ask for all memory


def from_plain(form: Any, trusted: Sequence[str] = (), where: str = "value") -> Any:
    """Return the value that a form stands for.

    Parameters
    ----------
    form : object
        As `to_plain` returns it; from a file, and maybe made to harm.
    trusted : sequence of str, default=()
        Packages, modules and names that may be imported and called besides those of
        the list, see `_trust`.
    where : str, default="value"
        What an error calls it.

    Raises
    ------
    MetadataError
        If it is no form, names what is not trusted, or cannot be rebuilt.

    Examples
    --------
    >>> from_plain({"$object": "sklearn.svm:SVC", "params": {"C": 10.0}})
    SVC(C=10.0)
    >>> from_plain({"$function": "os:system"})
    Traceback (most recent call last):
    ...
    sksearch.exceptions.MetadataError: The file names os:system, which is not on ...
    """
    try:
        check_trusted(list(names_in(form, where)), trusted)  # before any is imported
        return _Reader(tuple(trusted)).read(form, where)
    except RecursionError as error:
        raise MetadataError(f"{where} is nested too deeply.") from error


def names_in(form: Any, where: str = "value") -> Iterator[str]:
    """Yield all paths that a form names; nothing is imported.

    Parameters
    ----------
    form : object
        As from `to_plain`.
    where : str, default="value"
        What an error calls it.
    """
    if isinstance(form, Mapping):
        yield from (check_path(form[tag], where) for tag in _NAMES if tag in form)
    if isinstance(form, Mapping | list):
        items = form.values() if isinstance(form, Mapping) else form
        for item in items:
            yield from names_in(item, where)


@dataclass(frozen=True)
class _Reader:
    trusted: tuple[str, ...]

    def read(self, form: Any, where: str) -> Any:
        if form is None or isinstance(form, bool | int | float | str):
            return form
        if isinstance(form, list):
            return self.read_list(form, where)
        if not isinstance(form, dict):
            raise MetadataError(f"{where} is a {type(form).__name__}, and not of JSON.")
        tags = [key for key in form if key.startswith("$")]
        if not tags:
            return {key: self.read(form[key], f"{where}[{key!r}]") for key in form}
        if len(tags) > 1 or tags[0] not in _READERS:
            raise MetadataError(
                f"{where} has {tags}, which this version of sksearch does not know. "
                "The file is damaged, or from a newer version: upgrade sksearch."
            )
        try:
            return _READERS[tags[0]](self, form, where)
        except (MetadataError, RecursionError):
            raise
        except Exception as error:  # constructors of other libraries raise anything
            shown = f"{type(error).__name__}: {error} (of {str(form)[:200]})"
            raise MetadataError(f"{where} cannot be rebuilt. {shown}") from error

    def read_list(self, form: Any, where: str) -> list[Any]:
        if not isinstance(form, list):
            raise MetadataError(f"{where} is no list: {str(form)[:80]}")
        return [self.read(item, f"{where}[{i}]") for i, item in enumerate(form)]

    def read_names(self, form: Any, where: str) -> dict[str, Any]:
        """Read what names have as values; here "$" means nothing."""
        if not isinstance(form, dict):
            raise MetadataError(f"{where} has no names: {str(form)[:80]}")
        return {name: self.read(form[name], f"{where}.{name}") for name in form}

    def named(self, kind: str, form: Any, where: str) -> Any:
        return trusted_object(kind, form[f"${kind}"], where, self.trusted)


def _only(form: Mapping[str, Any], tag: str, *others: str) -> Any:
    """Return what a tag has, where nothing stands beside it that is unknown."""
    unknown = set(form) - {tag, *others}
    if unknown:
        raise ValueError(f"{sorted(unknown)} beside {tag!r}")
    return form[tag]


def _int(reader: _Reader, form: Any, where: str) -> int:
    return int(_only(form, "$int"), 16)


def _float(reader: _Reader, form: Any, where: str) -> float:
    text = _only(form, "$float")
    if text not in ("nan", "inf", "-inf"):
        raise ValueError("only nan, inf and -inf are written so")
    return float(text)


def _complex(reader: _Reader, form: Any, where: str) -> complex:
    real, imag = reader.read_list(_only(form, "$complex"), where)
    return complex(real, imag)


def _bytes(reader: _Reader, form: Any, where: str) -> bytes:
    return base64.b64decode(_only(form, "$bytes"), validate=True)


def _sequence(kind: Callable[[Any], Any], tag: str) -> "_Read":
    def read(reader: _Reader, form: Any, where: str) -> Any:
        return kind(reader.read_list(_only(form, tag), where))

    return read


def _dict(reader: _Reader, form: Any, where: str) -> dict[Any, Any]:
    return dict(map(tuple, reader.read_list(_only(form, "$dict"), where)))


def _range(reader: _Reader, form: Any, where: str) -> range:
    return range(*reader.read_list(_only(form, "$range"), where))


def _slice(reader: _Reader, form: Any, where: str) -> slice:
    return slice(*reader.read_list(_only(form, "$slice"), where))


def _partial(reader: _Reader, form: Any, where: str) -> Any:
    called = reader.read(_only(form, "$partial", "args", "keywords"), f"{where}.func")
    args = reader.read_list(form["args"], f"{where}.args")
    keywords = reader.read_names(form["keywords"], f"{where}.keywords")
    return functools.partial(called, *args, **keywords)


def _dtype_of(text: Any, n_values: int = 1) -> "np.dtype[Any]":
    dtype = np.dtype(str(text))
    if not is_stored_dtype(dtype) or dtype.itemsize * n_values > _MOST_BYTES:
        raise ValueError(f"dtype {str(text)[:80]!r} is not one that is written")
    return dtype


def _scalar(reader: _Reader, form: Any, where: str) -> Any:
    value = reader.read(_only(form, "$scalar", "dtype"), where)
    scalar = np.array(value, _dtype_of(form["dtype"]))
    if scalar.ndim:
        raise ValueError("a scalar is one value")
    return scalar[()]


def _array(reader: _Reader, form: Any, where: str) -> Any:
    _only(form, "$array", "dtype", "shape")
    flat, shape = reader.read_list(form["$array"], where), form["shape"]
    if not all(type(n) is int and n >= 0 for n in shape) or math.prod(shape) != len(
        flat
    ):
        raise ValueError(f"{len(flat)} values have not the shape {shape}")
    if form["dtype"] != "|O":
        return np.array(flat, _dtype_of(form["dtype"], len(flat))).reshape(shape)
    array = np.empty(len(flat), dtype=object)
    array[:] = flat
    return array.reshape(shape)


def _dtype(reader: _Reader, form: Any, where: str) -> "np.dtype[Any]":
    return _dtype_of(_only(form, "$dtype"))


def _tensor(reader: _Reader, form: Any, where: str) -> Any:
    array = reader.read(_only(form, "$tensor"), where)
    if not isinstance(array, np.ndarray) or array.dtype == object:
        raise ValueError("a tensor is made of an array of numbers")
    try:
        import torch
    except ImportError as error:
        raise MetadataError(f"{where} needs torch: pip install torch.") from error
    return torch.from_numpy(array)


def _class(reader: _Reader, form: Any, where: str) -> Any:
    _only(form, "$class")
    return reader.named("class", form, where)


def _function(reader: _Reader, form: Any, where: str) -> Any:
    _only(form, "$function")
    return reader.named("function", form, where)


def _distribution(reader: _Reader, form: Any, where: str) -> Any:
    name = str(_only(form, "$distribution", "args", "keywords"))
    family = None if name.startswith("_") else getattr(stats, name, None)
    if not isinstance(family, stats.rv_continuous | stats.rv_discrete):
        raise ValueError(f"scipy.stats has no distribution {name[:80]!r}")
    args = reader.read_list(form["args"], f"{where}.args")
    return family(*args, **reader.read_names(form["keywords"], where))


def _scorer(reader: _Reader, form: Any, where: str) -> Any:
    others = "greater_is_better", "response_method", "keywords"
    called = reader.read(_only(form, "$scorer", *others), where)
    return make_scorer(
        called,
        greater_is_better=bool(form["greater_is_better"]),
        response_method=reader.read(form["response_method"], where),
        **reader.read_names(form["keywords"], where),
    )


def _object(reader: _Reader, form: Any, where: str) -> Any:
    _only(form, "$object", "params", "requests", "output")
    cls = reader.named("object", form, where)
    params = reader.read_names(form["params"], where)
    made = cls(**params)
    with sklearn.config_context(enable_metadata_routing=True):
        for method, asked in form.get("requests", {}).items():
            getattr(made, f"set_{method}_request")(**asked)
    if form.get("output"):
        made.set_output(transform=form["output"].get("transform"))
    return made


def _text(reader: _Reader, form: Any, where: str) -> Any:
    raise MetadataError(
        f"{where} was written as text only, since it has no plain form: "
        f"{str(form['$text'])[:200]}"
    )


_Read = Callable[[_Reader, Any, str], Any]
_READERS: dict[str, _Read] = {
    "$int": _int,
    "$float": _float,
    "$complex": _complex,
    "$bytes": _bytes,
    "$tuple": _sequence(tuple, "$tuple"),
    "$set": _sequence(set, "$set"),
    "$frozenset": _sequence(frozenset, "$frozenset"),
    "$dict": _dict,
    "$range": _range,
    "$slice": _slice,
    "$partial": _partial,
    "$scalar": _scalar,
    "$array": _array,
    "$dtype": _dtype,
    "$tensor": _tensor,
    "$class": _class,
    "$function": _function,
    "$distribution": _distribution,
    "$scorer": _scorer,
    "$object": _object,
    "$text": _text,
}
