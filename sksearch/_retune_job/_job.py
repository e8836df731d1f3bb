"""What is to be done, read from TOML: names, paths and numbers, and never code."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Job", "Table", "read_job"]

Table = Mapping[str, Any]
_NUMBER = (int, float)
_DATA = {"load": str, "path": str, "target": str, "groups": str, "drop": list}
_TABLES: dict[str, dict[str, Any]] = {
    "data": _DATA,
    "eval_set": _DATA,
    "search": {"load": str, "warm_start_from": list, "journal": str},
    "champion": {"load": str, "metadata": str, "trusted": list},
    "retune": {
        "test_size": _NUMBER,
        "shuffle": bool,
        "scoring": str,
        "min_gain": _NUMBER,
        "level": _NUMBER,
        "n_bootstraps": int,
        "refit_on_all": bool,
        "n_jobs": int,
        "random_state": int,
    },
    "output": {"folder": str, "save": str},
}
_NEEDED = "data", "search", "output"
_NAMES = {
    str: "a text",
    bool: "true or false",
    int: "an integer",
    list: "a list of texts",
    _NUMBER: "a number",
}


@dataclass(frozen=True)
class Job:
    """What a file says, checked.

    Parameters
    ----------
    home : Path
        The folder of the file, from which paths in it begin.
    data, search, output : dict
        The tables that must be there.
    eval_set, champion, retune : dict
        The others; empty if they are not.
    """

    home: Path
    data: Table
    search: Table
    output: Table
    eval_set: Table
    champion: Table
    retune: Table

    def path(self, name: str) -> Path:
        """Return a path of the file."""
        return self.home / Path(name).expanduser()

    @property
    def folder(self) -> Path:
        """Where the verdict goes."""
        return self.path(self.output["folder"])


def read_job(path: str | Path) -> Job:
    """Read a file.

    Parameters
    ----------
    path : str or Path
        TOML, with the tables data, search and output, and perhaps others.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no TOML, or has a table, a key or a value that is not known, or lacks
        one.
    """
    path = Path(path)
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{str(path)!r} is no TOML: {error}.") from error
    _check_names(found, _TABLES, f"{str(path)!r} has")
    for name, table in found.items():
        _check_table(name, table)
    missing = [f"[{name}]" for name in _NEEDED if name not in found]
    if missing:
        raise ValueError(
            f"{str(path)!r} lacks {', '.join(missing)}. Tables that it may have are "
            f"{_listed(_TABLES)}."
        )
    job = Job(path.parent, **{name: found.get(name, {}) for name in _TABLES})
    _check_job(job)
    return job


def _check_table(name: str, table: Any) -> None:
    if not isinstance(table, dict):
        raise ValueError(f"{name}={table!r} must be a table, as in [{name}].")
    kinds = _TABLES[name]
    _check_names(table, kinds, f"[{name}] has")
    for key, value in table.items():
        kind = kinds[key]
        is_right = isinstance(value, kind) and (
            kind is bool or not isinstance(value, bool)
        )
        if is_right and kind is list:
            is_right = all(isinstance(each, str) for each in value)
        if not is_right:
            raise ValueError(f"[{name}] {key}={value!r} must be {_NAMES[kind]}.")


def _check_names(given: Table, known: Table, where: str) -> None:
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(
                f"{where} {name!r}, which is not known. It may have {_listed(known)}."
                f"{hint}{_WHY_NOT.get(name, '')}"
            )


_NO_PICKLE = (
    " A pickle runs code when it is read, so that none is named here: write a function "
    "that loads yours, and name it as load."
)
_WHY_NOT = dict.fromkeys(("file", "joblib", "pickle", "model", "skops"), _NO_PICKLE)


def _check_job(job: Job) -> None:
    _check_data("data", job.data)
    if job.eval_set:
        _check_data("eval_set", job.eval_set)
    if "load" not in job.search:
        raise ValueError(
            "[search] lacks load, the name of a search, or of a function that returns "
            "one, as in load = 'jobs.models:search'."
        )
    if "folder" not in job.output:
        raise ValueError("[output] lacks folder, where verdict.json goes.")
    given = job.champion.keys() & {"load", "metadata"}
    if job.champion and len(given) != 1:
        raise ValueError(
            "[champion] needs one of load, the name of a function that returns the "
            "fitted model, and metadata, the path of a file from export_metadata."
        )
    if "trusted" in job.champion and "metadata" not in job.champion:
        raise ValueError("[champion] has trusted, which is of metadata alone.")


def _check_data(name: str, table: Table) -> None:
    if len(table.keys() & {"load", "path"}) != 1:
        raise ValueError(
            f"[{name}] needs one of load, the name of a function that returns X and y, "
            "and path, a CSV or Parquet file."
        )
    others = [key for key in ("target", "groups", "drop") if key in table]
    if "load" in table and others:
        raise ValueError(f"[{name}] has {others[0]}, which is of path alone.")


def _listed(names: Table) -> str:
    return ", ".join(sorted(names))
