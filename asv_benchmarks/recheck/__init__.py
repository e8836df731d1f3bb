"""What a re-check and reshuffled splits gain on small noisy data, beside the truth.

Run from the root of the repository::

    python -m asv_benchmarks.recheck run
    python -m asv_benchmarks.recheck report

`report` puts the tables into the user guide, between the lines that name them.
"""
