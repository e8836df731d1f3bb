"""The rows of the CSVs; a newer one replaces that of the same key."""

from collections.abc import Hashable
from dataclasses import dataclass

__all__ = ["Broken", "Cost", "Fate", "Killed", "Nested", "Orphaned"]


@dataclass(frozen=True, order=True)
class Killed:
    """A search that was killed up to five times: see `resuming.Resumed`."""

    search: str
    backend: str
    seed: int
    n_killed: int
    n_fitted_twice: int
    most_in_flight: int
    is_same: int
    versions: str
    cores: int

    @property
    def key(self) -> Hashable:
        """What it is a measurement of."""
        return self.search, self.backend, self.seed


@dataclass(frozen=True, order=True)
class Fate:
    """What a search did with a fit that went wrong, beside three that did not."""

    setting: str
    deed: str
    outcome: str
    others_ok: int
    kept: int
    versions: str
    cores: int

    @property
    def key(self) -> Hashable:
        """What it is a measurement of."""
        return self.setting, self.deed


@dataclass(frozen=True, order=True)
class Orphaned:
    """Workers in a hung fit whose search was killed; -1 seconds: they stayed."""

    setup: str
    deed: str
    seconds: float
    versions: str
    cores: int

    @property
    def key(self) -> Hashable:
        """What it is a measurement of."""
        return self.setup, self.deed


@dataclass(frozen=True, order=True)
class Broken:
    """Journals that were harmed in one way.

    "wrong" are those that neither gave a JournalError and stayed as they were, nor went
    on to the result of the search that nobody disturbed, or that ran something.
    """

    harm: str
    tried: int
    refused: int
    resumed: int
    wrong: int
    versions: str
    cores: int

    @property
    def key(self) -> Hashable:
        """What it is a measurement of."""
        return self.harm


@dataclass(frozen=True, order=True)
class Cost:
    """What a journal costs: CPU milliseconds per evaluation, bytes per 1,000 trials."""

    order: str
    n_trials: int
    ms: float
    bytes_per_1000: int
    versions: str
    cores: int

    @property
    def key(self) -> Hashable:
        """What it is a measurement of."""
        return self.order, self.n_trials


@dataclass(frozen=True, order=True)
class Nested:
    """How long a search in each fold of a cross-validation took, on the wall."""

    model: str
    round: int
    outer: int
    inner: int
    seconds: float
    versions: str
    cores: int

    @property
    def key(self) -> Hashable:
        """What it is a measurement of."""
        return self.model, self.round, self.outer, self.inner
