"""The predictions of a search: in memory, and beside its journal if it has one."""

import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from sksearch.evaluation._kept import Kept, Predictions
from sksearch.exceptions import JournalWarning

__all__ = ["PredictionStore"]

Key = tuple[int, int, int]


class PredictionStore:
    """Keeps what candidates predicted for rows that they were not trained on.

    Of each (trial, fold) only the predictions at the highest resource stay: those of
    lower rungs are never compared with them.

    Parameters
    ----------
    most_bytes : int
        How much memory they may take.
    n_trials : int
        How many candidates there are at most: what all of them will take is told by the
        first one, before hours are spent.
    n_tested : int
        How many rows all folds test together.
    folder : str or None, default=None
        Where files stay for a search that goes on later.

    Examples
    --------
    >>> from sksearch.evaluation import Kept, PredictionStore
    >>> store = PredictionStore(most_bytes=100, n_trials=2, n_tested=4)
    >>> store.take(Kept(0, 1, 0, n_test=2, predictions={"predict": np.array([0.5, 1])}))
    >>> store.get((0, 1, 0))["predict"]
    array([0.5, 1. ])
    """

    def __init__(
        self, most_bytes: int, n_trials: int, n_tested: int, folder: str | None = None
    ) -> None:
        self.most_bytes = most_bytes
        self.folder = folder
        self._n_trials = n_trials
        self._n_tested = n_tested
        self._known: dict[Key, Predictions] = {}
        self._resources: dict[tuple[int, int], int] = {}
        self._n_bytes = 0

    def take(self, kept: Kept) -> None:
        """Keep the predictions of a fit.

        Parameters
        ----------
        kept : Kept
            What came of it.

        Raises
        ------
        ValueError
            If those of all candidates would take more than they may.
        """
        key = kept.trial_id, kept.resource, kept.fold
        self._check_room(kept)
        self._put(key, kept.predictions)
        if self.folder is not None:
            self._try_to_write(self.folder, key, kept.predictions)

    def get(self, key: Key) -> Predictions | None:
        """Return the predictions of a fit; None where they are lost.

        Parameters
        ----------
        key : tuple of int
            Trial, resource and fold.

        Returns
        -------
        predictions : dict of str to ndarray or None
            Empty where the model had nothing to predict by.
        """
        if key not in self._known and self.folder is not None:
            found = _read(self._path(self.folder, key))
            if found is not None:
                self._put(key, found)
        return self._known.get(key)

    def _put(self, key: Key, predictions: Predictions) -> None:
        trial_id, resource, fold = key
        before = self._resources.get((trial_id, fold))
        if before is not None and before < resource:
            self._forget((trial_id, before, fold))
        self._resources[trial_id, fold] = max(resource, before or 0)
        self._known[key] = predictions
        self._n_bytes += _size(predictions)

    def _forget(self, key: Key) -> None:
        self._n_bytes -= _size(self._known.pop(key, {}))
        if self.folder is not None:
            Path(self._path(self.folder, key)).unlink(missing_ok=True)

    def _check_room(self, kept: Kept) -> None:
        whole = _size(kept.predictions) * self._n_tested / max(kept.n_test, 1)
        needed = max(int(whole * self._n_trials), self._n_bytes)
        if needed > self.most_bytes:
            raise ValueError(
                f"return_oof=True would keep {needed:,} bytes of predictions, those of "
                f"{self._n_trials} candidates for {self._n_tested} rows, more than "
                f"max_oof_bytes={self.most_bytes:,}. Raise it, lower n_iter, or pass "
                "return_oof=False."
            )

    def _try_to_write(self, folder: str, key: Key, predictions: Predictions) -> None:
        try:
            self._write(folder, key, predictions)
        except OSError as error:  # a disk that is full costs time, not a search
            warnings.warn(
                f"What candidates predicted cannot be written to {folder!r}: "
                f"{error.strerror}. If the search has to go on from its journal, their "
                "fits are run once more.",
                JournalWarning,
                stacklevel=2,
            )

    def _write(self, folder: str, key: Key, predictions: Predictions) -> None:
        """Write a file under another name and rename it: all of it, or nothing."""
        if any(values.dtype.hasobject for values in predictions.values()):
            return  # nothing here is unpickled; they are computed again
        os.makedirs(folder, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, **dict(predictions))
            os.replace(part, self._path(folder, key))
        finally:
            Path(part).unlink(missing_ok=True)

    @staticmethod
    def _path(folder: str, key: Key) -> str:
        trial_id, resource, fold = key
        return os.path.join(folder, f"{trial_id}-{fold}-{resource}.npz")

    def clear_folder(self) -> None:
        """Remove files that another search has left."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _size(predictions: Predictions) -> int:
    return sum(int(values.nbytes) for values in predictions.values())


def _read(path: str) -> dict[str, Any] | None:
    try:
        # numpy itself leaves a broken file open.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except Exception:  # whatever a broken file does to numpy: it is computed again
        return None
