"""Watching the score of a model in production."""

from sksearch.monitoring._monitor import ScoreMonitor, Verdict

__all__ = ["ScoreMonitor", "Verdict"]
