"""The benchmark of beliefs: what is believed is legal, and the page says what was."""

import numpy as np
import pytest

from asv_benchmarks.prior.beliefs import _around
from asv_benchmarks.prior.page import write
from asv_benchmarks.prior.runs import Believing, missing
from sksearch.space import SearchSpace

VALUES = {
    "rate": (1e-4, 1.0, "log-uniform"),
    "depth": (1, 20),
    "share": (0.1, 1.0),
    "width": [16, 32, 64],
    "kind": ["a", "b", "c"],
}


@pytest.mark.parametrize("is_good", [True, False])
def test_what_is_believed_is_legal_and_wrong_where_it_should_be(is_good):
    space = SearchSpace(VALUES)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        best = space.sample(rng)
        prior = {n: _around(v, best[n], is_good, rng) for n, v in VALUES.items()}
        mode = SearchSpace(VALUES, prior=prior).prior.mode
        if not is_good:
            assert all(mode[name] != best[name] for name in VALUES)


def test_the_page_has_ratios_of_the_runs_of_one_seed():
    rows = [
        Believing("car", belief, seed, *(scale * (seed + 1) for _ in range(3)))
        for belief, scale in (("none", 0.2), ("good", 0.1), ("wrong", 0.3))
        for seed in range(3)
    ]
    page = write([*rows, Believing("car", "good", 9, 1.0, 1.0, 1.0)])
    good, wrong = page.split("## Nearly right")[1].split("## Wrong")
    assert "| hpobench | 3 | 0.4000 | 0.2000 | 0.50 [0.50, 0.50] |" in good
    assert "| hpobench | 3 | 0.4000 | 0.6000 | 1.50 [1.50, 1.50] |" in wrong


def test_only_what_was_not_run_is_run():
    done = [Believing("iris", "none", 0, 0.0, 0.0, 0.0)]
    assert ("car", "none", 0) in missing(done, ["hpobench"], 1)
    done = [Believing("car", "none", 0, 0.0, 0.0, 0.0)]
    assert ("car", "none", 0) not in missing(done, ["hpobench"], 1)
