"""The page of results: all its numbers come from the CSVs."""

from asv_benchmarks.quality.report.page import page

__all__ = ["page"]
