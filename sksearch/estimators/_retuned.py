"""What came of tuning again: two models, and which one is to serve."""

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sksearch._whole_files import write_whole
from sksearch.estimators._load import SearchMetadata
from sksearch.exceptions import MetadataError

__all__ = ["Retuned"]


@dataclass(frozen=True, eq=False)
class Retuned:
    """A champion and a challenger, compared on rows that were held out.

    Parameters
    ----------
    verdict : {"promote", "keep"}
        "promote" if the lower end of `interval` is above `min_gain`.
    champion : estimator
        The model that was there, as it was.
    challenger : estimator
        The best model of the new search, as it was compared: fitted on all rows that
        were not held out.
    search : search
        The new one, fitted. Its `best_estimator_` is the challenger; after
        ``refit_on_all=True`` and a promotion, the challenger fitted on all rows.
    source : search or SearchMetadata or None
        Where the champion comes from, None where that is not known.
    champion_score, challenger_score : float
        On the held-out rows; greater is better.
    interval : tuple of float
        Where the gain lies, at the confidence `level`.
    gains : ndarray of shape (n_bootstraps,)
        Of the challenger over the champion, in each draw of held-out rows.
    level : float
        Of the interval.
    min_gain : float
        What the gain has to be above.
    score : str
        By which both are compared.
    held_out : ndarray of int or None
        The rows of the new data that were held out, None with an `eval_set`.
    n_rows : int
        How many were held out.
    unit : {"rows", "groups"}
        What was drawn.
    n_units : int
        Of how many.
    refitted_on_all : bool
        Whether the promoted model has seen the held-out rows after the comparison.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sksearch import BayesSearchCV, retune
    >>> X, y = make_classification(600, random_state=0)
    >>> search = BayesSearchCV(
    ...     LogisticRegression(), {"C": (1e-3, 1e2, "log-uniform")}, n_iter=5,
    ...     random_state=0,
    ... ).fit(X[:300], y[:300])
    >>> retuned = retune(search, X[300:], y[300:])
    >>> retuned.verdict, retuned.model is search.best_estimator_
    ('keep', True)
    """

    verdict: str
    champion: Any
    challenger: Any
    search: Any
    source: Any
    champion_score: float
    challenger_score: float
    interval: tuple[float, float]
    gains: Any
    level: float
    min_gain: float
    score: str
    held_out: Any
    n_rows: int
    unit: str
    n_units: int
    refitted_on_all: bool

    @property
    def gain(self) -> float:
        """How much better the challenger is on the held-out rows."""
        return self.challenger_score - self.champion_score

    @property
    def model(self) -> Any:
        """The one that is to serve."""
        is_new = self.verdict == "promote"
        return self.search.best_estimator_ if is_new else self.champion

    @property
    def reason(self) -> str:
        """The rule, and why it says what it says."""
        low, high = self.interval
        percent = f"{100 * self.level:g} %"
        sides = "above" if self.verdict == "promote" else "not above"
        return (
            f"the lower end of the gain, {low:+.4g}, is {sides} min_gain="
            f"{self.min_gain:g} ({percent}: {low:+.4g} to {high:+.4g})"
        )

    def summary(self) -> dict[str, Any]:
        """Return the numbers, as JSON takes them.

        Returns
        -------
        summary : dict
            Without models and draws.
        """
        names = "verdict", "reason", "score", "champion_score", "challenger_score"
        more = "level", "min_gain", "n_rows", "unit", "n_units", "refitted_on_all"
        return {
            **{name: getattr(self, name) for name in names},
            "gain": self.gain,
            "interval": list(self.interval),
            **{name: getattr(self, name) for name in more},
        }

    def export_metadata(self, path: Any) -> Path:
        """Write how the model that is to serve was found, with this comparison.

        Parameters
        ----------
        path : str or path-like
            Where to; a file that is there is replaced.

        Returns
        -------
        path : Path
            The file, for `sksearch.load_metadata`.

        Raises
        ------
        MetadataError
            If a champion is kept of which only the model is known, or if a parameter
            has no plain form.
        """
        source = self.search if self.verdict == "promote" else self.source
        if source is None:
            raise MetadataError(
                "The champion is kept, and how it was found is not known here. Keep "
                "the file that it has, or pass its search or load_metadata of its file."
            )
        scores = {"retune": self.summary()}
        if isinstance(source, SearchMetadata):
            return _written(source, Path(path), scores)
        written: Path = source.export_metadata(path, scores=scores)
        return written

    def __repr__(self) -> str:
        low, high = self.interval
        percent = f"{100 * self.level:g} %"
        return (
            f"{self.verdict}: {self.score} {self.challenger_score:.4g} of the "
            f"challenger against {self.champion_score:.4g} of the champion on "
            f"{self.n_rows} held-out rows\n  gain {self.gain:+.4g} ({percent}: "
            f"{low:+.4g} to {high:+.4g}, {len(self.gains)} draws of {self.n_units} "
            f"{self.unit})\n  promote if the lower end is above "
            f"min_gain={self.min_gain:g}"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def _written(metadata: SearchMetadata, path: Path, scores: dict[str, Any]) -> Path:
    """Write the file that was read, with more scores."""
    document = dict(metadata.document)
    document["scores"] = {**document["scores"], **scores}
    return write_whole(path, json.dumps(document, allow_nan=False, indent=2) + "\n")
