"""Real problems: every point of a grid with the scores of its five folds.

Nothing is fitted here, and neither the data nor the tuned estimators are needed: one
file beside this one holds all tables, as `build` made them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asv_benchmarks.quality.interface import Array, Space
from asv_benchmarks.quality.real.grid import Branch, located
from asv_benchmarks.quality.real.spaces import SPACES

TABLES = Path(__file__).resolve().parent / "tables.npz"
DECIMALS = 5  # of the scores in the file

REAL_TASKS = tuple(SPACES)

# Two and two of a kind: the halves have one of each.
REAL_PAIRS = (
    ("svc_digits", "svc_cells"),
    ("svr_concrete", "knn_flavia"),
    ("hgb_churn", "hgb_ames"),
    ("lgbm_attrition", "lgbm_diamonds"),
    ("mlp_credit", "forest_sacramento"),
    ("steps_oj", "steps_hpc"),
    ("linear_diabetes", "logistic_breast_cancer"),
)
# Drawn once, one of each pair by `draw_half` with seed 2026, and written down.
REAL_CHOOSING = (
    "svc_cells",
    "knn_flavia",
    "hgb_churn",
    "lgbm_attrition",
    "forest_sacramento",
    "steps_oj",
    "linear_diabetes",
)
REAL_REPORT = tuple(task for task in REAL_TASKS if task not in REAL_CHOOSING)


@dataclass(frozen=True, eq=False)
class RealProblem:
    """A finite grid whose every point was cross-validated.

    Parameters
    ----------
    name : str
        Which problem this is.
    space : dict of str to list, or list of such dicts
        The choices of each parameter, as `BayesSearchCV` takes them; a list of dicts is
        one conditional space.
    scores : ndarray of shape (n_points, 5)
        The score of each fold, greater is better. The points are in the order of
        `grid.points`; NaN where a fit failed.
    held_out : ndarray of shape (n_points,)
        The score on rows that no fold has, after a fit on the rows of all folds.
    folds : ndarray of shape (n_rows,)
        The fold in which each row was tested.
    family : str, default="real"
        The family of all these problems.
    """

    name: str
    space: Space | list[Space]
    scores: Array
    held_out: Array
    folds: NDArray[np.int8]
    family: str = "real"

    def index(self, params: Mapping[str, Any]) -> int:
        """Return the row of a point, which has the names of one branch and no other.

        Choices that are estimators are found by type and parameters.

        Raises
        ------
        ValueError
            If the point does not lie in the space.
        """
        return self._first_row(params, self._with_names.get(frozenset(params), []))

    def locate(self, estimator: Any) -> int:
        """Return the row of an estimator that has the parameters of a point.

        Raises
        ------
        ValueError
            If it has those of no point.
        """
        values = estimator.get_params()
        known = [b for b in self._branches if values.keys() >= b.places.keys()]
        return self._first_row(values, known)

    def evaluate(
        self, params: Mapping[str, Any], seed: int, number: int
    ) -> tuple[float, ...]:
        """Return the scores of a point's folds; the seed and the number change nothing.

        They are arguments so that problems with noise of their own are called alike.
        """
        return tuple(self.scores[self.index(params)].tolist())

    def regret(self, params: Mapping[str, Any]) -> float:
        """Return how far a point's mean is from the best: 0 is that, 1 the median."""
        return float(self.regrets[self.index(params)])

    def _first_row(self, values: Mapping[str, Any], branches: list[Branch]) -> int:
        rows = (branch.row(values) for branch in branches)
        found = next((row for row in rows if row is not None), None)
        if found is None:
            raise ValueError(
                f"{dict(values)!r} is no point of {self.name}. Take the choices of its "
                "space, with the names of one branch."
            )
        return found

    @cached_property
    def _branches(self) -> list[Branch]:
        return located(self.space)

    @cached_property
    def _with_names(self) -> dict[frozenset[str], list[Branch]]:
        found: dict[frozenset[str], list[Branch]] = {}
        for branch in self._branches:
            found.setdefault(frozenset(branch.places), []).append(branch)
        return found

    @cached_property
    def regrets(self) -> Array:
        """The regret of every point; failed ones are the worst of all."""
        mean = np.nan_to_num(self.scores.mean(axis=1), nan=-np.inf)
        best, median = mean.max(), np.median(mean)
        regrets: Array = np.minimum((best - mean) / (best - median), 1.0)
        return regrets


@cache
def load_real(name: str) -> RealProblem:
    """Read the table of a problem."""
    with np.load(TABLES, allow_pickle=False) as file:
        scores = file[f"{name}/scores"].astype(float).round(DECIMALS)
        folds = file[f"{name}/folds"]
    return RealProblem(name, SPACES[name], scores[:, :-1], scores[:, -1], folds)
