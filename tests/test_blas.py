"""Overlapping limits: the smallest holds, the last one out restores."""

import itertools
import threading

import pytest
from threadpoolctl import ThreadpoolController

from sksearch._blas import _enter, _leave, _take_control, blas_limited_to

POOLS = ThreadpoolController().select(user_api="blas")
MANY = 3  # OpenBLAS takes more threads than there are cores

pytestmark = pytest.mark.skipif(
    any(pool["num_threads"] is None for pool in POOLS.info()) or not POOLS.info(),
    reason="no BLAS whose threads can be counted",
)


def n_threads():
    return max(pool["num_threads"] for pool in POOLS.info())


@pytest.fixture
def before():
    was = n_threads()
    set_all(MANY)
    yield n_threads()
    set_all(was)


def set_all(number):
    for pool in POOLS.lib_controllers:
        _take_control(pool)
        pool.set_num_threads(number)
        _take_control(pool)


def test_a_limit_holds_for_a_block(before):
    with blas_limited_to(1):
        assert n_threads() == 1
    assert n_threads() == before


@pytest.mark.parametrize("order", list(itertools.permutations([1, 1, 2, 4])))
def test_limits_that_overlap_in_any_order(order, before):
    limits = [1, 1, 2, 4]
    for number, limit in enumerate(limits, start=1):
        _enter(limit)
        assert n_threads() == min([*limits[:number], before])
    for limit in order:
        assert n_threads() == min([*limits, before])
        _leave(limit)
        limits.remove(limit)
    assert n_threads() == before


def test_limits_of_other_threads(before):
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with blas_limited_to(1):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    with blas_limited_to(1):
        thread.start()
        inside.wait(10)
    assert n_threads() == 1
    leave.set()
    thread.join()
    assert n_threads() == before
