"""The first section: where ours stands, demand by demand."""

from collections.abc import Collection, Sequence

from asv_benchmarks.quality.report.demands import NO, UNKNOWN, YES, Demand
from asv_benchmarks.quality.report.markdown import table

_NOTES = """\
The regret is our mean on the report half of a group over the strongest peer's, with a
95 % interval in brackets. Lower is better, below 1 ours is ahead. A mean is over tasks,
of the means over their seeds. The two sides are paired: only tasks and seeds that both
ran count, at marks that both got to. The strongest peer is the one that leaves the
highest ratio; the remark says of how many, for slow peers end before 100. A peer that
ran on fewer than half of the tasks of a half is shown below but cannot be the
strongest: so few tasks say more of themselves than of the peer. The median peer of a
family is the median of our ratios to the peers that ran on half of its tasks or more.

The intervals are from a bootstrap in two stages: tasks are drawn with replacement,
then seeds within each drawn task, as often as there are. Runs on one task are alike, so
that drawing all pairs as equals would make the intervals too narrow. With so few tasks
they are rough all the same. Intervals are of one comparison each; the strongest peer is
chosen after the fact, which is to the disadvantage of ours.

The limits are for `tables` and `real`; `mixint` stands beside them under the same. On
`real` ours is `bayes-search-cv`, what people call: it starts from the estimator's own
parameters, which the peers are not given and which are a good point on most of these
problems. The remark has the ratio of the bare model, which knows no more than they do.
"""


def section(demands: Sequence[Demand], versions: Collection[str]) -> str:
    """Return the summary, the table of demands and how to read it."""
    rows = [(d.what, d.wanted, d.found, d.reached, d.remark) for d in demands]
    headers = ("what", "wanted", "found", "reached", "remark")
    parts = [
        "## Where it stands\n",
        *_mixture(versions),
        summary(demands),
        table(headers, rows),
        _NOTES,
    ]
    return "\n".join(parts)


def _mixture(versions: Collection[str]) -> list[str]:
    """Warn of numbers that are not of one version of ours."""
    if len(versions) < 2:
        return []
    listed = ", ".join(sorted(versions))
    return [f"**The numbers of ours mix {len(versions)} versions: {listed}.**\n"]


def summary(demands: Sequence[Demand]) -> str:
    """Say how many demands are reached, and which are not."""
    reached = sum(d.reached == YES for d in demands)
    missed = [f"{d.what}: {d.found}" for d in demands if d.reached == NO]
    unknown = [d.what for d in demands if d.reached == UNKNOWN]
    parts = [
        f"{reached} of {len(demands)} demands are reached.\n",
        *_listed("Not reached", missed),
        *_listed("Not measured", unknown),
    ]
    return "\n".join(parts)


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return [f"{title}:\n", *(f"- {line}" for line in lines), ""] if lines else []
