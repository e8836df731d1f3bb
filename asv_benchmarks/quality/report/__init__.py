"""The page of results: all its numbers come from the two CSVs."""

from asv_benchmarks.quality.report.page import page

__all__ = ["page"]
