"""How far the scores of a search can be trusted, where the truth is known.

Run from the root of the repository::

    python -m asv_benchmarks.trust run
    python -m asv_benchmarks.trust report
    python -m asv_benchmarks.trust figure

`run` adds what the CSVs lack; `report` makes the tables of the user guide of them, and
`figure` its picture.
"""
