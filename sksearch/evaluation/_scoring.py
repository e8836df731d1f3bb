"""How a model is scored: numbers by name, and why one is missing."""

import math
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sksearch._sklearn_compat import check_method_params, is_multimetric, score
from sksearch.evaluation._fold_rows import FoldRows

__all__ = ["Scoring"]

Scored = tuple[dict[str, float], str | None]


@dataclass(frozen=True)
class Scoring:
    """Scores models on the rows of a fold.

    Parameters
    ----------
    scorer : callable
        Called as `scorer(model, X, y)`; returns a number or a dict of them.
    params : dict
        Metadata; what has one entry for each row of all is split like them.
    X : array-like
        All rows.
    error_score : float or "raise"
        The score where the scorer fails.
    """

    scorer: Any
    params: Mapping[str, Any]
    X: Any
    error_score: Any

    def on_test(
        self, model: Any, rows: FoldRows
    ) -> tuple[dict[str, float], str | None]:
        """Return the scores on the test rows, and what went wrong, if anything did.

        Parameters
        ----------
        model : estimator
            Fitted.
        rows : FoldRows
            Of a fold.

        Returns
        -------
        scores : dict of str to float
            A single one is called "score".
        error : str or None
            The traceback of the scorer, or which scores are not finite.
        """
        return self._on(model, rows.X_test, rows.y_test, rows.test)

    def on_train(self, model: Any, rows: FoldRows) -> dict[str, float]:
        """Return the scores on the training rows.

        Parameters
        ----------
        model : estimator
            Fitted.
        rows : FoldRows
            Of a fold.
        """
        scores, _ = self._on(model, rows.X, rows.y, rows.train)
        return scores

    def _on(self, model: Any, X: Any, y: Any, indices: Any) -> Scored:
        params = check_method_params(self.X, params=self.params, indices=indices)
        is_one = not is_multimetric(self.scorer)
        scorer = _Noting(self.scorer) if is_one else self.scorer
        found = score(model, X, y, scorer, params, self.error_score)
        found = found if isinstance(found, dict) else {"score": found}
        scores = {name: float(value) for name, value in found.items()}
        return scores, getattr(scorer, "error", None) or _not_finite(scores)


def _not_finite(scores: Mapping[str, float]) -> str | None:
    """Say which scores are not finite, if any are."""
    bad = [name for name, value in scores.items() if not math.isfinite(value)]
    return f"No finite score: {', '.join(bad)}" if bad else None


class _Noting:
    """A scorer that remembers why it failed; scikit-learn only warns about it."""

    def __init__(self, scorer: Any) -> None:
        self.scorer = scorer
        self.error: str | None = None

    def __call__(self, *args: Any, **params: Any) -> Any:
        try:
            return self.scorer(*args, **params)
        except Exception:
            self.error = traceback.format_exc()
            raise

    def __repr__(self) -> str:
        return repr(self.scorer)
