"""A job from its beginning to the verdict in a file."""

import datetime
import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib

from sksearch._retune_job._job import Job
from sksearch._retune_job._named import data_of, imported, made
from sksearch._whole_files import write_whole
from sksearch.estimators import Retuned, load_metadata, retune
from sksearch.exceptions import MetadataError

__all__ = ["FAILED", "KEEP", "PROMOTE", "JobError", "run_job"]

# 2 is a usage error of argparse; 3 is an abort on Windows.
KEEP, FAILED, PROMOTE = 0, 1, 10
_VERDICT, _METADATA, _SEARCH = "verdict.json", "metadata.json", "search.joblib"


class JobError(RuntimeError):
    """A job failed; the file of the verdict says where."""


def run_job(job: Job) -> tuple[Retuned, dict[str, Any]]:
    """Tune again, and write what came of it.

    Parameters
    ----------
    job : Job
        What to do.

    Returns
    -------
    retuned : Retuned
        The comparison.
    written : dict
        What is in the file of the verdict.

    Raises
    ------
    JobError
        If anything failed. The verdict is "failed" then.
    OSError
        If there is no folder for it.
    """
    folder = job.folder
    folder.mkdir(parents=True, exist_ok=True)
    # Who looks after a kill must not find the verdict of yesterday.
    (folder / _VERDICT).unlink(missing_ok=True)
    try:
        save = _save(job)  # before the search: its name may be wrong
        retuned = _retuned(job)
        files = _winner(retuned, folder, save)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        _write(folder, {"verdict": "failed", "error": message, "traceback": trace})
        raise JobError(f"{message} (in {str(folder / _VERDICT)!r})") from error
    return retuned, _write(folder, {**retuned.summary(), **files})


def _retuned(job: Job) -> Retuned:
    X, y, groups = data_of(job, "data", job.data)
    search = made(job.search["load"], "[search] load")
    options: dict[str, Any] = {**job.retune, "groups": groups}
    if job.eval_set:
        options["eval_set"] = data_of(job, "eval_set", job.eval_set)
    if "journal" in job.search:
        options["journal"] = job.path(job.search["journal"])
        options["journal"].parent.mkdir(parents=True, exist_ok=True)
    if "warm_start_from" in job.search:
        paths = job.search["warm_start_from"]
        options["warm_start_from"] = [job.path(path) for path in paths]
    return retune(search, X, y, champion=_champion(job), **options)


def _champion(job: Job) -> Any:
    if "load" in job.champion:
        return made(job.champion["load"], "[champion] load")
    if "metadata" in job.champion:
        path = job.path(job.champion["metadata"])
        return load_metadata(path, trusted=job.champion.get("trusted", []))
    return None


def _save(job: Job) -> Callable[[Retuned, Path], Any] | None:
    """Return what saves the winner, None for the fitted search as it is."""
    if "save" not in job.output:
        return None
    found: Callable[[Retuned, Path], Any] = imported(
        job.output["save"], "[output] save"
    )
    return found


def _winner(
    retuned: Retuned, folder: Path, save: Callable[[Retuned, Path], Any] | None
) -> dict[str, Any]:
    """Write what is to serve; return the names of the files."""
    files: dict[str, Any] = {"metadata": None, "model": None}
    if retuned.verdict == "promote":
        if save is None:
            files["model"] = _dump(retuned.search, folder / _SEARCH)
        else:
            save(retuned, folder)
    try:
        retuned.export_metadata(folder / _METADATA)
    except MetadataError as error:
        return {**files, "no_metadata": str(error)}
    return {**files, "metadata": _METADATA}


def _dump(search: Any, path: Path) -> str:
    """Write a fitted search as a whole."""
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        joblib.dump(search, half)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path.name


def _write(folder: Path, told: dict[str, Any]) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    document = {"sksearch_retune": 1, "written": now, **told}
    text = json.dumps(document, allow_nan=False, indent=2)
    write_whole(folder / _VERDICT, text + "\n")
    return document
