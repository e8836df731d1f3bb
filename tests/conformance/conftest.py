"""Markers that the conformance suites use."""

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, so that the suites run under any configuration."""
    # scikit-learn's own test module uses this one for pytest-run-parallel.
    config.addinivalue_line("markers", "thread_unsafe: not to be run in threads")
    config.addinivalue_line("markers", "slow: more than ten seconds on one core")


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Keep BLAS from starting threads for fits of a millisecond."""
    with threadpool_limits(1):
        yield
