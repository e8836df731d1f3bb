"""New processes, each with one thread."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def processes(n: int) -> ProcessPoolExecutor:
    """Return a pool of new processes of one thread each."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"  # read when a process starts
    return ProcessPoolExecutor(n, mp_context=get_context("spawn"))
