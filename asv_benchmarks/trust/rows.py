"""The rows of the CSVs; a newer one replaces that of the same key."""

from collections.abc import Hashable
from dataclasses import dataclass

__all__ = ["Judged"]


@dataclass(frozen=True, order=True)
class Judged:
    """A search on one sample, and what is said and true of the model that it found.

    `folds` is the truth of the models of the folds, `refitted` that of the model on all
    rows of the sample. The nested columns are NaN where nothing was nested.
    """

    setting: str
    seed: int
    best: float
    corrected: float
    corrected_error: float
    corrected_low: float
    corrected_high: float
    nested: float
    nested_error: float
    nested_low: float
    nested_high: float
    folds: float
    refitted: float
    versions: str

    @property
    def key(self) -> Hashable:
        """What it is a measurement of."""
        return self.setting, self.seed
