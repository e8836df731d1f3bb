"""Dimensions of scikit-optimize in place of ours."""

import numpy as np
import pytest

from sksearch.space import Categorical, Integer, SearchSpace
from sksearch.space import Real as OurReal
from sksearch.space._parse import parse_dimension


class _Range:
    def __init__(self, low, high, prior="uniform"):
        self.low, self.high, self.prior = low, high, prior
        self.transform_ = "identity"

    def rvs(self, n_samples=1, random_state=None):
        return [self.low] * n_samples


class _Choices:
    def __init__(self, categories, prior=None):
        self.categories, self.prior = tuple(categories), prior
        self.transform_ = "onehot"

    def rvs(self, n_samples=None, random_state=None):
        return self.categories[0]


def look_alikes():
    """Return classes with the attributes and names of scikit-optimize 0.10.2."""
    names = {"Real": _Range, "Integer": _Range, "Categorical": _Choices}
    return type("space", (), {n: type(n, (base,), {}) for n, base in names.items()})


def real_ones():
    return pytest.importorskip(
        "skopt.space", reason="scikit-optimize is not among the test requirements"
    )


@pytest.fixture(params=[look_alikes, real_ones], ids=["look-alike", "real"])
def skopt_space(request):
    return request.param()


def test_they_are_the_dimensions_of_the_same_name(skopt_space):
    s = skopt_space
    pairs = [
        (s.Real(1e-3, 1.0, prior="log-uniform"), OurReal(1e-3, 1.0, "log-uniform")),
        (s.Real(1, 10), OurReal(1.0, 10.0)),
        (s.Integer(1, 10), Integer(1, 10)),
        (s.Integer(1, 99, prior="log-uniform"), Integer(1, 99, "log-uniform")),
        (s.Categorical(["a", "b"]), Categorical(["a", "b"])),
        (s.Categorical([0.1, 1.0, 10.0]), Categorical([0.1, 1.0, 10.0])),
    ]
    for theirs, ours in pairs:
        assert parse_dimension("p", theirs) == ours


def test_they_draw_values_and_no_lists(skopt_space):
    space = SearchSpace(
        {"x": skopt_space.Real(0.1, 1.0), "n": skopt_space.Integer(1, 3)}
    )
    point = space.sample(np.random.default_rng(0))
    assert type(point["x"]) is float
    assert type(point["n"]) is int


def test_probabilities_of_choices_are_a_prior_here(skopt_space):
    weighed = skopt_space.Categorical(["a", "b"], prior=[0.3, 0.7])
    with pytest.raises(ValueError, match=r"Parameter 'p'.*prior=.*'a': 0.3, 'b': 0.7"):
        SearchSpace({"p": weighed})


class Real:
    """Has that name, and is nothing of the kind."""

    low, high = 0.0, 1.0

    def rvs(self, random_state=None):
        return random_state.uniform(0.4, 0.6)


def test_another_class_of_that_name_is_what_it_draws():
    point = SearchSpace({"p": Real()}).sample(np.random.default_rng(0))
    assert 0.4 <= point["p"] <= 0.6
