"""What a search found, as a page, and what it says of its space."""

from sksearch._score_model import importances
from sksearch.report._space_report import SpaceReport, space_report
from sksearch.report._write import write_report

__all__ = ["SpaceReport", "importances", "space_report", "write_report"]
