"""Tuning again from a file, for schedulers and CI: `python -m sksearch retune`."""

from sksearch._retune_job._job import read_job
from sksearch._retune_job._run import FAILED, KEEP, PROMOTE, JobError, run_job

__all__ = ["FAILED", "KEEP", "PROMOTE", "JobError", "read_job", "run_job"]
