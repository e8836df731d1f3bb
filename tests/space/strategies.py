"""Hypothesis strategies: dimensions, and spaces as users write them."""

import numpy as np
import scipy.stats
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sksearch.space import Categorical, Integer, Real

PRIORS = st.sampled_from(["uniform", "log-uniform"])


@st.composite
def reals(draw):
    prior = draw(PRIORS)
    smallest = 1e-12 if prior == "log-uniform" else -1e12
    numbers = st.floats(smallest, 1e12, allow_subnormal=False)
    low, high = sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
    return Real(low, high, prior=prior)


@st.composite
def stepped_reals(draw):
    prior = draw(PRIORS)
    step = draw(st.sampled_from([0.001, 0.01, 0.1, 0.25, 0.3, 1.0, 2.5, 1e3]))
    start = draw(st.integers(1, 1000) if prior == "log-uniform" else st.integers(-9, 9))
    extra = draw(st.floats(0, 0.9))
    n = draw(st.integers(1, 300))
    low = start * step
    return Real(low, low + (n + extra) * step, prior=prior, step=step)


@st.composite
def integers(draw):
    prior = draw(PRIORS)
    smallest = 1 if prior == "log-uniform" else -(10**10)
    numbers = st.integers(smallest, 10**10)
    low, high = sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
    step = draw(st.none() | st.integers(1, high - low))
    return Integer(low, high, prior=prior, step=step)


OPAQUE = [
    None,
    True,
    False,
    0,
    1,
    1.0,
    2.5,
    float("nan"),
    "a",
    "1",
    b"a",
    (1, 2),
    (1, True),
    [1, 2],
    {"a": 1},
    {"a": [1.0]},
    {1, 2},
    np.array([1.0, 2.0]),
    np.array([1, 2]),
    np.array([None, "x"], dtype=object),
    np.mean,
    len,
    dict,
    LogisticRegression(),
    LogisticRegression(C=2.0),
    DecisionTreeClassifier(),
]


@st.composite
def categoricals(draw):
    choices = st.one_of(
        st.lists(st.sampled_from(OPAQUE), min_size=1, max_size=8),
        st.lists(st.sampled_from([None, 0, 1, 1.0, 2, 2.0, 2.5]), min_size=1),
        st.lists(st.integers() | st.none(), min_size=1, max_size=8),
        st.lists(st.floats(-1e200, 1e200) | st.none(), min_size=1, max_size=8),
    )
    return Categorical(draw(choices), ordered=draw(st.booleans()))


def finite_dimensions():
    return st.one_of(stepped_reals(), integers(), categoricals())


def dimensions():
    return st.one_of(reals(), finite_dimensions())


@st.composite
def values_as_written(draw):
    """Values of param_distributions in every syntax."""
    low = draw(st.integers(1, 5))
    high = low + draw(st.integers(1, 1000))
    return draw(
        st.sampled_from(
            [
                (low, high),
                (low / 10, high),
                (low, high, "log-uniform"),
                (low / 10, float(high), "log-uniform"),
                [low, high],
                [low, high, None],
                [0.1, 1, 10.0],
                ["a", "b", None, (1, 2)],
                [True, False],
                ["only"],
                np.linspace(low, high, 5),
                range(low, low + 4),
                scipy.stats.uniform(low, high),
                scipy.stats.loguniform(low, high),
                scipy.stats.randint(low, high + 1),
                scipy.stats.beta(2, 5),
                scipy.stats.poisson(low),
                scipy.stats.binom(6, 0.4),
                Integer(low, high, step=1),
                Real(low, high, step=0.5),
                Categorical([1, 2, 3]),
            ]
        )
    )


NAMES = st.sampled_from(["a", "b", "c__d", "e"])


def branches(min_size=1):
    return st.dictionaries(NAMES, values_as_written(), min_size=min_size, max_size=4)


def spaces_as_written():
    return branches() | st.lists(branches(), min_size=1, max_size=3)
