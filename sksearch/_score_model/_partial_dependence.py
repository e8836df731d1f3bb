"""What a score is at one value of a parameter, whatever the others are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sksearch._score_model._model import ScoreModel
from sksearch.space import SearchSpace

__all__ = ["partial_dependence", "prior_points"]

Array = NDArray[np.float64]


def prior_points(space: SearchSpace, n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return n (a power of 2) legal points, spread as the prior of the space has it.

    Those that the constraint rejects are left out, so there may be fewer.
    """
    sequence = qmc.Sobol(space.n_coordinates, seed=np.random.default_rng(seed))
    points = [space.from_unit(u) for u in sequence.random(n)]
    return [params for params in points if space.meets_constraint(params)]


def partial_dependence(
    model: ScoreModel,
    points: Sequence[Mapping[str, Any]],
    name: str,
    values: Sequence[Any],
) -> Array:
    """Return the mean of the model at values of one parameter, over the other ones.

    J. H. Friedman, "Greedy function approximation: a gradient boosting machine",
    Annals of Statistics 29, 2001, section 8.2.

    Parameters
    ----------
    model : ScoreModel
        What is asked.
    points : sequence of dict
        Points of the space, over which the mean is taken.
    name : str
        The parameter.
    values : sequence
        Its values, shape (v,).

    Returns
    -------
    means : ndarray of shape (v,)
        Each over the points that are legal with this value in the place of theirs; NaN
        where none is. A value that tells branches apart is legal in its own alone.
    """
    having = [params for params in points if name in params]
    return np.array([_mean(model, having, name, value) for value in values])


def _mean(
    model: ScoreModel, points: Sequence[Mapping[str, Any]], name: str, value: Any
) -> float:
    moved = [{**params, name: value} for params in points]
    legal = [params for params in moved if model.space.allows(params)]
    return float(model.means_of(legal).mean()) if legal else np.nan
