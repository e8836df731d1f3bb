"""That what goes wrong in a fit, or around it, costs only that fit."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import SkipTest

import numpy as np
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import ShuffleSplit

from sksearch.testing._factory import MakeSearch, by_params, grid_search, log_file
from sksearch.testing._toys import (
    FOUR,
    ExitingClassifier,
    FailingClassifier,
    InterruptingClassifier,
    numbered_rows,
)


def check_one_failed_fold(make_search: MakeSearch) -> None:
    """A candidate that fails in one fold has no mean, and cannot be the best."""
    toy = FailingClassifier(fails=(3.0,), row=1.0)
    _assert_like_grid_search(make_search, toy, refit=False)
    _assert_like_grid_search(make_search, toy)


def check_one_failing_candidate(make_search: MakeSearch) -> None:
    """A candidate that fails in every fold costs only itself, whatever it raises."""
    for error in FailingClassifier.errors:
        toy = FailingClassifier(fails=(3.0,), error=error.__name__)
        _assert_like_grid_search(make_search, toy)
        _assert_like_grid_search(make_search, toy, error_score=-7.0)


def check_failing_scorer(make_search: MakeSearch) -> None:
    """A score that raises is a failure like any other."""
    toy = FailingClassifier(fails=(3.0,), scoring_fails=True)
    _assert_like_grid_search(make_search, toy)
    _assert_like_grid_search(make_search, toy, error_score=-7.0)


def check_first_candidates_fail(make_search: MakeSearch) -> None:
    """A search whose first candidates all fail goes on to those that work."""
    qualities = [float(quality) for quality in range(14)]
    for n_iter in (10, 14):
        toy = FailingClassifier(fails=tuple(qualities[:8]), error="RuntimeError")
        search = make_search(toy, {"quality": qualities}, n_iter=n_iter, cv=2)
        search.fit(*numbered_rows())
        scores = search.cv_results_["mean_test_score"]
        assert len(scores) >= n_iter
        assert search.best_params_["quality"] == max(
            params["quality"] for params in search.cv_results_["params"]
        )
        assert np.isfinite(search.best_score_)


def _assert_like_grid_search(
    make_search: MakeSearch, toy: FailingClassifier, **params: Any
) -> None:
    X, y = numbered_rows()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = make_search(toy, FOUR, cv=3, **params).fit(X, y)
    fit_failed = any(issubclass(w.category, FitFailedWarning) for w in caught)
    assert fit_failed or toy.scoring_fails, "a failing fit is not warned about"
    grid = grid_search(toy, FOUR, cv=3, **params).fit(X, y)
    for column in ("split0_test_score", "mean_test_score", "rank_test_score"):
        np.testing.assert_equal(by_params(search, column), by_params(grid, column))
    assert search.best_params_ == grid.best_params_


def check_all_fits_fail(make_search: MakeSearch) -> None:
    """If every fit fails, the error says so and shows why, for any kind of scoring."""
    toy = FailingClassifier(fails=(0.0, 1.0, 2.0, 3.0), error="RuntimeError")
    for scoring in (None, "accuracy", ["accuracy"], constant_scores):
        search = make_search(toy, FOUR, cv=3, scoring=scoring, refit=scoring is None)
        try:
            search.fit(*numbered_rows())
        except ValueError as error:
            message = str(error)
        else:
            message = "no error"
        for part in ("All the 12 fits failed", "RuntimeError: failing with quality"):
            assert part in message, f"the message lacks {part!r}: {message}"


def constant_scores(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    """Score everything alike, under a name that only calling tells."""
    return {"constant": 1.0}


def check_error_score_raise(make_search: MakeSearch) -> None:
    """error_score='raise' raises what the estimator raised, not another error."""
    for expected in FailingClassifier.errors:
        toy = FailingClassifier(fails=(2.0,), error=expected.__name__)
        search = make_search(toy, FOUR, cv=3, error_score="raise")
        try:
            search.fit(*numbered_rows())
        except Exception as error:
            caught: Exception | None = error
        else:
            caught = None
        assert type(caught) is expected, f"{expected} became {caught!r}"
        assert "failing with quality 2.0" in str(caught)


def check_ctrl_c_keeps_results(make_search: MakeSearch) -> None:
    """After Ctrl-C in the sixth candidate, the first five are there to be used."""
    _interrupt(make_search, n_finished=5)


def check_ctrl_c_with_two_jobs(make_search: MakeSearch) -> None:
    """After Ctrl-C while workers are fitting, what they finished is there."""
    # Fits this long are not held back to travel together.
    _interrupt(make_search, n_finished=2, n_jobs=2, seconds=0.05)


def _interrupt(
    make_search: MakeSearch,
    n_finished: int,
    n_jobs: int | None = None,
    seconds: float = 0.0,
) -> None:
    X, y = numbered_rows()
    space = {"quality": [float(quality) for quality in range(8)]}
    with log_file() as log, python_handles_sigint():
        toy = InterruptingClassifier(log=log, pid=os.getpid(), at=16, seconds=seconds)
        search = make_search(toy, space, cv=3, n_jobs=n_jobs)
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                search.fit(X, y)
        except KeyboardInterrupt:
            raise AssertionError("Ctrl-C loses every result of the search") from None
        handler = signal.getsignal(signal.SIGINT)
    assert handler is signal.default_int_handler, "the SIGINT handler is not restored"
    assert caught, "an interrupted search does not warn that it is incomplete"
    _assert_usable(search, X, n_finished)
    scores = search.cv_results_["mean_test_score"]
    assert not np.all(np.isfinite(scores)) or len(scores) < 8, "Ctrl-C is ignored"


@contextmanager
def python_handles_sigint() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt, also where the shell has it ignored."""
    if threading.current_thread() is not threading.main_thread():
        raise SkipTest("signals reach the main thread only")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _assert_usable(search: Any, X: Any, n_finished: int) -> None:
    scores = by_params(search, "mean_test_score")
    finite = {key: score for key, score in scores.items() if np.isfinite(score)}
    assert len(finite) >= n_finished, f"only {len(finite)} candidates have a score"
    assert finite[repr(sorted(search.best_params_.items()))] == max(finite.values())
    assert search.best_score_ == max(finite.values())
    assert len(search.predict(X)) == len(X)


def check_worker_death(make_search: MakeSearch) -> None:
    """A fit that takes its worker process down costs only its candidate."""
    X, y = numbered_rows()
    toy = ExitingClassifier(fatal=1.0, pid=os.getpid())
    cv = ShuffleSplit(1, random_state=0)
    search = make_search(toy, FOUR, cv=cv, n_jobs=2).fit(X, y)
    _assert_usable(search, X, n_finished=3)
    assert search.best_params_ == {"quality": 3.0}
