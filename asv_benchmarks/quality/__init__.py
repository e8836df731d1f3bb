"""How good what a search finds is, ours beside that of the peers, on equal terms.

Run from the root of the repository::

    python -m asv_benchmarks.quality run --methods gp random --seeds 5
    python -m asv_benchmarks.quality run --groups mixint --tasks report
    python -m asv_benchmarks.quality overhead
    python -m asv_benchmarks.quality racing
    python -m asv_benchmarks.quality training
    python -m asv_benchmarks.quality waiting
    python -m asv_benchmarks.quality finishing
    python -m asv_benchmarks.quality reaching
    python -m asv_benchmarks.quality cost-aware
    python -m asv_benchmarks.quality multi
    python -m asv_benchmarks.quality report

The results are CSVs beside this file: a run adds what `results.csv` lacks, and
`overhead` replaces what it measures in `overhead.csv`. `racing`, `training`, `waiting`,
`finishing`, `reaching`, `cost-aware` and `multi` add to CSVs of their names, and
`checking` replaces `checks.csv`. The report, `docs/benchmarks.md`, is made of nothing
else.
"""
