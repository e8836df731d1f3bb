"""What the spaces of the real problems are written with."""

from typing import Any

import numpy as np
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler

from asv_benchmarks.quality.interface import Space

BALANCE = [None, "balanced"]


def log_spaced(low: float, high: float, n: int) -> list[float]:
    """Return numbers at even ratios, with three digits."""
    return [float(f"{value:.3g}") for value in np.geomspace(low, high, n)]


def under(step: str, space: Space) -> Space:
    """Return the space of a step as that of its pipeline."""
    return {f"{step}__{name}": choices for name, choices in space.items()}


def scalers() -> list[Any]:
    """Return the choices of a first step."""
    quantile = QuantileTransformer(n_quantiles=50)
    return [StandardScaler(), MinMaxScaler(), quantile, "passthrough"]
