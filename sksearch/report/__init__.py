"""What a finished search says of its space."""

from sksearch.report._importances import importances

__all__ = ["importances"]
