"""How good what a search finds is, ours beside that of the peers, on equal terms.

Run from the root of the repository::

    python -m asv_benchmarks.quality run --methods gp random --seeds 5
    python -m asv_benchmarks.quality run --groups mixint --tasks report
    python -m asv_benchmarks.quality report

The results are one CSV beside this file. A run adds what it lacks; the report,
`docs/benchmarks.md`, is made of nothing else.
"""
