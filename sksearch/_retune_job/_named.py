"""What the file of a job names: objects of the user's modules, and tables."""

import importlib
import re
from pathlib import Path
from typing import Any

from sksearch._retune_job._job import Job, Table

__all__ = ["data_of", "imported", "made"]

_PATH = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*", re.ASCII)
_SUFFIXES = ".csv, .csv.gz, .parquet"


def imported(name: str, where: str) -> Any:
    """Import an object by its name.

    Parameters
    ----------
    name : str
        Such as "jobs.models:search".
    where : str
        For errors: its place in the file.

    Raises
    ------
    ValueError
        If it is no such name.
    ImportError
        If it is not there.
    """
    if not _PATH.fullmatch(name):
        raise ValueError(
            f"{where}={name!r} is no name such as 'jobs.models:search': a module, a "
            "colon, and what is in it."
        )
    module_name, _, attribute = name.partition(":")
    try:
        found = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{where}={name!r}: {error}. Run this in the folder of the module, or set "
            "PYTHONPATH."
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ImportError(f"{where}={name!r}: {module_name!r} has no {part!r}.")
        found = getattr(found, part)
    return found


def made(name: str, where: str) -> Any:
    """Return an object by its name; of a function, or a class, what it returns.

    Parameters
    ----------
    name : str
        As of `imported`.
    where : str
        For errors: its place in the file.
    """
    found = imported(name, where)
    is_made = hasattr(found, "fit") and not isinstance(found, type)
    return found() if callable(found) and not is_made else found


def data_of(job: Job, name: str, table: Table) -> tuple[Any, Any, Any]:
    """Return X, y and groups.

    Parameters
    ----------
    job : Job
        With the folder of the file.
    name : str
        Of the table, for errors.
    table : dict
        It says where the data are.

    Raises
    ------
    ValueError
        If there are none of this form.
    """
    if "path" in table:
        return _of_frame(_read(job.path(table["path"])), name, table)
    found = made(table["load"], f"[{name}] load")
    if not isinstance(found, tuple | list) or len(found) not in (2, 3):
        raise ValueError(
            f"[{name}] load={table['load']!r} returns a {type(found).__name__}, where "
            "X and y are wanted, or X, y and groups."
        )
    X, y, *groups = found
    return X, y, groups[0] if groups else None


def _read(path: Path) -> Any:
    name = path.name.lower()
    if not name.endswith((".csv", ".csv.gz", ".parquet")):
        raise ValueError(
            f"{str(path)!r} must end with one of {_SUFFIXES}. Read other files in a "
            "function of your own, and name it as load."
        )
    is_parquet = name.endswith(".parquet")
    try:
        import pandas

        return pandas.read_parquet(path) if is_parquet else pandas.read_csv(path)
    except ImportError as error:
        needed = "pandas pyarrow" if is_parquet else "pandas"
        raise ImportError(
            f"{str(path)!r} needs {needed.replace(' ', ' and ')}: pip install {needed}."
        ) from error


def _of_frame(frame: Any, name: str, table: Table) -> tuple[Any, Any, Any]:
    target, groups = table.get("target"), table.get("groups")
    taken = [*(c for c in (target, groups) if c is not None), *table.get("drop", [])]
    missing = [column for column in taken if column not in frame.columns]
    if missing:
        raise ValueError(
            f"[{name}] names the columns {missing}, and the file has "
            f"{list(frame.columns)[:20]}."
        )
    X = frame.drop(columns=list(dict.fromkeys(taken)))
    y, known = (None if c is None else frame[c] for c in (target, groups))
    return X, y, known
