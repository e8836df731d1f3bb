"""Markers that the conformance suites use."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, so that the suites run under any configuration."""
    # scikit-learn's own test module uses this one for pytest-run-parallel.
    config.addinivalue_line("markers", "thread_unsafe: not to be run in threads")
    config.addinivalue_line("markers", "slow: more than ten seconds on one core")
