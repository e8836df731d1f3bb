"""What a search survives: kills, hung fits, broken journals. Each is really done.

Run from the root of the repository::

    python -m asv_benchmarks.reliability run
    python -m asv_benchmarks.reliability report

The tests make the same things happen, with the code of this package.
"""
