"""Distributions of others: scipy.stats ones, and any object with ``rvs``."""

from __future__ import annotations

import math
from typing import Any

from scipy import stats

from sksearch.space._categorical import Categorical
from sksearch.space._dimensions import Dimension
from sksearch.space._frozen import FrozenDistribution
from sksearch.space._identity import python_value
from sksearch.space._integer import Integer
from sksearch.space._real import Real
from sksearch.space._sampled import SampledDistribution


def from_distribution(distribution: Any) -> Dimension:
    """Return the dimension of a scipy.stats distribution or an object with ``rvs``."""
    if isinstance(distribution, (stats.rv_continuous, stats.rv_discrete)):
        distribution = distribution()  # such as scipy.stats.uniform, not frozen yet
    family = getattr(distribution, "dist", None)
    if isinstance(family, (stats.rv_continuous, stats.rv_discrete)):
        return _from_frozen(distribution, family)
    return SampledDistribution(distribution)


def _from_frozen(frozen: Any, family: Any) -> Dimension:
    """Return a plain range where the distribution is one: it is faster, and exact."""
    low, high = (python_value(end) for end in frozen.support())
    if math.isnan(low) or math.isnan(high):
        raise ValueError(
            f"scipy.stats.{family.name} got arguments {frozen.args} {frozen.kwds} "
            "outside its domain. Correct them."
        )
    if low == high:
        return Categorical([int(low) if isinstance(family, stats.rv_discrete) else low])
    if family.name == "uniform":
        return Real(low, high)
    if family.name == "randint":
        return Integer(int(low), int(high))
    if family.name in ("loguniform", "reciprocal") and _is_log_uniform(frozen):
        return Real(low, high, prior="log-uniform")
    return FrozenDistribution(frozen)


def _is_log_uniform(frozen: Any) -> bool:
    """Tell whether ``loc`` is 0, so that the logarithm itself is uniform."""
    low, high = frozen.support()
    return low > 0 and math.isclose(frozen.median(), math.sqrt(low) * math.sqrt(high))
