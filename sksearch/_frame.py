"""The log of a search as a table of pandas."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["frame_of"]


def frame_of(history: Any, per: str) -> Any:
    """Return a frame with a row per evaluation, or per trial and resource.

    Parameters
    ----------
    history : History
        The log.
    per : {"evaluation", "trial"}
        What a row is.

    Raises
    ------
    ImportError
        If pandas is not installed.
    ValueError
        If `per` is another word.
    """
    rows = {"evaluation": _evaluations, "trial": _trials}
    if per not in rows:
        raise ValueError(f"per={per!r} is no kind of row. Pass one of {list(rows)}.")
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_frame needs pandas: pip install pandas.") from error
    return pandas.DataFrame(list(rows[per](history)))


def _evaluations(history: Any) -> Iterator[dict[str, Any]]:
    for one in history.records:
        if hasattr(one, "fold"):
            yield {
                "trial": one.trial_id,
                "resource": one.resource,
                "fold": one.fold,
                "status": one.status,
                **_params(history, one.trial_id),
                **_named("score_", one.scores),
                **_named("train_score_", one.train_scores),
                "fit_time": one.fit_time,
                "score_time": one.score_time,
                "started": one.started,
                "n_test": one.n_test,
                "error": one.error,
            }


def _trials(history: Any) -> Iterator[dict[str, Any]]:
    for trial_id, resource in history.tasks():
        folds = history.evaluations(trial_id, resource).values()
        names = dict.fromkeys(name for fold in folds for name in fold.scores)
        score = history.score(trial_id, resource)
        has_score = history.status(trial_id, resource) == "complete"
        means = {n: history.score(trial_id, resource, n) for n in names if has_score}
        yield {
            "trial": trial_id,
            "resource": resource,
            "status": history.status(trial_id, resource),
            "n_folds": sum(fold.status != "skipped" for fold in folds),
            **_params(history, trial_id),
            "score": score,
            **_named("score_", means),
            "fit_time": sum(f.fit_time for f in folds if f.status != "skipped"),
        }


def _params(history: Any, trial_id: int) -> dict[str, Any]:
    return _named("param_", history.trials[trial_id].params)


def _named(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in values.items()}
