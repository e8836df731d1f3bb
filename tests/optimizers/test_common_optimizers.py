import inspect

import pytest

import sksearch.optimizers
from sksearch.optimizers import Optimizer, Proposal, Source
from sksearch.testing._optimizer_checks import optimizer_checks

NOT_OPTIMIZERS = {Optimizer, Proposal, Source}
FINITE_ONLY = {"Grid"}


def all_optimizers():
    public = [
        getattr(sksearch.optimizers, name) for name in sksearch.optimizers.__all__
    ]
    classes = filter(inspect.isclass, public)
    return [found() for found in classes if found not in NOT_OPTIMIZERS]


CHECKS = [
    pytest.param(check, id=f"{type(optimizer).__name__}-{name}")
    for optimizer in all_optimizers()
    for name, check in optimizer_checks(
        optimizer, finite_only=type(optimizer).__name__ in FINITE_ONLY
    )
]


@pytest.mark.parametrize("check", CHECKS)
def test_common(check):
    check()
