"""What a finished search says of its space."""

from sksearch._score_model import importances
from sksearch.report._space_report import SpaceReport, space_report

__all__ = ["SpaceReport", "importances", "space_report"]
