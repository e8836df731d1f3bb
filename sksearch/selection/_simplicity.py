"""How simple candidates are: by a column, a score, a parameter, or a callable."""

import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Simplest", "check_simplest", "simplest_of"]

Array = NDArray[np.float64]
Table = Mapping[str, Any]
Simplest = str | Sequence[str] | Callable[[Mapping[str, Any]], float]


def check_simplest(argument: str, simplest: Any) -> None:
    """Refuse what orders no candidates.

    Parameters
    ----------
    argument : str
        How the user calls it.
    simplest : object
        As users pass it.

    Raises
    ------
    TypeError
        If it is no name, no sequence of names and no callable.
    ValueError
        If it is empty.
    """
    if callable(simplest):
        return
    names = [simplest] if isinstance(simplest, str) else simplest
    is_sequence = isinstance(names, list | tuple)
    if not is_sequence or not all(isinstance(name, str) for name in names):
        raise TypeError(
            f"{argument}={simplest!r} must be the name of a column of cv_results_, of "
            "a score or of a parameter, a list of such names, or a callable that takes "
            "a dict of parameters."
        )
    if not names or not all(name.lstrip("-") for name in names):
        raise ValueError(f"{argument}={simplest!r} names nothing. Pass a name.")


def simplest_of(
    table: Table,
    rows: NDArray[np.intp],
    means: Array,
    simplest: Simplest,
    reader: object,
) -> int:
    """Return the simplest of some rows; of equally simple ones the best, the first.

    Parameters
    ----------
    table : mapping of str to array
        `cv_results_`.
    rows : ndarray of int of shape (n,)
        Which, in order.
    means : ndarray of shape (n_rows,)
        By what the better one is known.
    simplest : str, sequence of str or callable
        By what the simpler one is known.
    reader : object
        The rule, for errors.

    Returns
    -------
    row : int
        One of them.

    Raises
    ------
    TypeError
        If what is compared is no number.
    ValueError
        If no column has the name, or a parameter does not exist in a row.
    """
    if callable(simplest):
        keys = [_called(table, rows, simplest, reader)]
    else:
        names = [simplest] if isinstance(simplest, str) else simplest
        keys = [_named(table, rows, name, reader) for name in names]
    order = np.lexsort((-means[rows], *reversed(keys)))
    return int(rows[order[0]])


def _called(
    table: Table, rows: NDArray[np.intp], simplest: Callable[..., Any], reader: object
) -> Array:
    found = [simplest(dict(table["params"][row])) for row in rows]
    for row, value in zip(rows, found, strict=True):
        if not isinstance(value, numbers.Real):
            raise TypeError(
                f"The callable of {reader} returned {value!r} for "
                f"{table['params'][row]!r}, and must return a number: the smaller, the "
                "simpler."
            )
    return _nan_last(np.array(found, dtype=float))


def _named(table: Table, rows: NDArray[np.intp], name: str, reader: object) -> Array:
    """Return numbers of which the smallest is the simplest."""
    bare = name.removeprefix("-")
    known = [n for n in (bare, f"mean_test_{bare}", f"param_{bare}") if n in table]
    if not known:
        raise ValueError(
            f"{reader}: {bare!r} names nothing in cv_results_: there is no column "
            f"{bare!r}, no score ('mean_test_{bare}') and no parameter "
            f"('param_{bare}'). There are {_columns(table)}."
        )
    values = _numbers(table, rows, known[0], reader)
    # Scores are greater-is-better: of two models the smaller has more neg_model_size.
    is_score = known[0].startswith("mean_test_")
    return _nan_last(-values if is_score != name.startswith("-") else values)


def _columns(table: Table) -> list[str]:
    told = ("split", "std_", "rank_", "params")
    return [name for name in table if not name.startswith(told)]


def _numbers(table: Table, rows: NDArray[np.intp], name: str, reader: object) -> Array:
    values = [np.ma.asarray(table[name])[row] for row in rows]
    for row, value in zip(rows, values, strict=True):
        if not isinstance(value, numbers.Real | np.bool_):
            found = "nothing" if value is np.ma.masked else repr(value)
            raise TypeError(
                f"{reader} compares {name!r}, which has {found} in row {row} and must "
                "have a number in each. Pass a callable that takes the dict of "
                "parameters and returns one, the smaller, the simpler."
            )
    return np.array(values, dtype=float)


def _nan_last(values: Array) -> Array:
    return np.where(np.isnan(values), np.inf, values)
