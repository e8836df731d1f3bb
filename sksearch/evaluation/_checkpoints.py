"""Where candidates wait to be trained on: a file for each trial, fold and resource."""

import contextlib
import errno
import os
import pickle
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sksearch.evaluation._fits import Fit
from sksearch.evaluation._shipping import cloudpickle, make_folder, remove_folder
from sksearch.exceptions import CheckpointError, CheckpointSpaceError, CheckpointWarning

__all__ = ["Checkpoints", "NoCheckpoints", "open_checkpoints"]


@dataclass(frozen=True)
class Checkpoints:
    """The files of a search, in a folder of its own.

    A file is written under another name and renamed: there is all of it, or nothing.

    Parameters
    ----------
    folder : str
        Where they are; removed with the search.
    most_bytes : int
        How much they may take.
    made : bool, default=False
        Whether the folder was made for this search, on the disk of this machine.
    """

    folder: str
    most_bytes: int
    made: bool = field(default=False, kw_only=True)

    def save(self, fit: Fit, content: Any) -> None:
        """Write what the next segment of a fit's trial begins with.

        A disk that is full costs the time to train from the beginning, not a result.

        Parameters
        ----------
        fit : Fit
            What was trained.
        content : object
            What to keep of it.

        Raises
        ------
        CheckpointError
            If it cannot be pickled.
        """
        try:
            with self._part() as (file, path):
                _dump(content, file)
                file.close()
                os.replace(path, self._path(*fit.key))
        except OSError as error:
            _warn(fit, f"could not be written: {error.strerror}")

    @contextlib.contextmanager
    def _part(self) -> Iterator[tuple[Any, str]]:
        """Open a file under a name of its own, which nothing but renaming keeps."""
        handle, path = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file, path
        finally:
            Path(path).unlink(missing_ok=True)

    def load(self, fit: Fit) -> Any:
        """Return what was kept of the training that a fit goes on from.

        Parameters
        ----------
        fit : Fit
            What is to be trained.

        Returns
        -------
        content : object
            None where there is no such training, or nothing that can be read, with a
            warning.
        """
        try:
            return self.read(fit)
        except Exception as error:
            _warn(fit, f"cannot be read: {type(error).__name__}: {error}")
            return None

    def read(self, fit: Fit) -> Any:
        """Return the same, for who tells of a broken file otherwise.

        Parameters
        ----------
        fit : Fit
            What is to be trained.

        Returns
        -------
        content : object
            None where there is no such training.

        Raises
        ------
        Exception
            Whatever a broken file does to pickle.
        """
        if len(fit.path) == 1:
            return None
        trial, resource = fit.path[-2]
        with open(self._path(trial.id, resource, fit.fold), "rb") as file:
            return pickle.load(file)  # a file of this search

    def forget(self, trial_id: int, resources: Iterable[int], fold: int) -> None:
        """Remove files that nothing will begin with any more.

        Parameters
        ----------
        trial_id : int
            Of which trial.
        resources : iterable of int
            Up to where it had been trained.
        fold : int
            On which split.
        """
        for resource in resources:
            Path(self._path(trial_id, resource, fold)).unlink(missing_ok=True)

    def n_bytes(self) -> int:
        """Return how much the files take.

        Raises
        ------
        CheckpointSpaceError
            If that is more than they may.
        """
        try:
            with os.scandir(self.folder) as entries:
                total = sum(_size(entry) for entry in entries)
        except FileNotFoundError:  # somebody has tidied up; what is lost is replayed
            total = 0
        if total > self.most_bytes:
            raise CheckpointSpaceError(
                f"The checkpoints of the search take {total:,} bytes, more than "
                f"max_checkpoint_bytes={self.most_bytes:,}. Raise it, or let fewer "
                "trials be trained at once: a larger factor, or a smaller n_iter. What "
                "was measured is in history_."
            )
        return total

    def _path(self, trial_id: int, resource: int, fold: int) -> str:
        return str(Path(self.folder) / f"{trial_id}-{fold}-{resource}.pkl")


@dataclass(frozen=True)
class NoCheckpoints(Checkpoints):
    """Keeps nothing: each training begins at its beginning, and has no next segment.

    Parameters
    ----------
    folder : str, default=""
        There is none.
    most_bytes : int, default=0
        It takes none.
    made : bool, default=False
        It was not.

    Examples
    --------
    >>> from sksearch.evaluation import Fit, NoCheckpoints
    >>> from sksearch.history import Trial
    >>> fit = Fit(Trial(0, {}), resource=9, fold=0, earlier=(1, 3))
    >>> NoCheckpoints().load(fit) is None
    True
    """

    folder: str = ""
    most_bytes: int = 0

    def save(self, fit: Fit, content: Any) -> None:
        """Do nothing.

        Parameters
        ----------
        fit : Fit
            What was trained.
        content : object
            What is not kept of it.
        """

    def read(self, fit: Fit) -> Any:
        """Return that nothing was trained.

        Parameters
        ----------
        fit : Fit
            What is to be trained.

        Returns
        -------
        content : None
            Nothing.
        """
        return None


@contextlib.contextmanager
def open_checkpoints(
    most_bytes: int | None = None, folder: str | None = None
) -> Iterator[Checkpoints]:
    """Make a folder for the length of a search.

    Parameters
    ----------
    most_bytes : int or None, default=None
        How much it may take; None is half of what is free there.
    folder : str or None, default=None
        One that stays, with what an earlier run left there; None makes one that goes.

    Yields
    ------
    checkpoints : Checkpoints
        In the folder for temporary files: on a disk, for memory is what fits need.
    """
    if folder is None:
        made = make_folder(tempfile.gettempdir())
        try:
            yield Checkpoints(made, _limit(most_bytes, made), made=True)
        finally:
            remove_folder(made)
        return
    os.makedirs(folder, exist_ok=True)
    for part in Path(folder).glob("*.part"):  # of workers that were killed
        part.unlink(missing_ok=True)
    yield Checkpoints(folder, _limit(most_bytes, folder))


def _limit(most_bytes: int | None, folder: str) -> int:
    return shutil.disk_usage(folder).free // 2 if most_bytes is None else most_bytes


def _dump(content: Any, file: Any) -> None:
    try:
        cloudpickle.dump(content, file)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"A fitted candidate cannot be pickled, so that its training cannot go on: "
            f"{error}. Take lambdas, locks and open files out of the estimator, or "
            "pass resource='n_samples', for which nothing is kept."
        ) from error


def _size(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat().st_size
    except OSError as error:  # removed, or renamed, in the meantime
        if error.errno != errno.ENOENT:
            raise
        return 0


def _warn(fit: Fit, what: str) -> None:
    warnings.warn(
        f"A checkpoint of candidate {fit.trial.id} {what}. It is trained from the "
        "beginning; the result is the same.",
        CheckpointWarning,
        stacklevel=2,
    )
