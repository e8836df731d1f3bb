"""What is demanded, the number that was found, and whether that is enough."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

from asv_benchmarks.quality import tables
from asv_benchmarks.quality.compare import Ratio, enough, ratios_to_peers, strongest
from asv_benchmarks.quality.methods import OURS
from asv_benchmarks.quality.overhead import MEMORY, N_CANDIDATES, PEER_MARK, TIME, Cost
from asv_benchmarks.quality.problems import GROUPS, HALVES, select
from asv_benchmarks.quality.public import PUBLIC
from asv_benchmarks.quality.report.markdown import interval
from asv_benchmarks.quality.runs import Run
from asv_benchmarks.quality.suggestions import PEERS as TIMED_PEERS

REGRET_LIMITS = {32: 1.0, 50: 2 / 3, 100: 1.0}
TIME_LIMITS = {50: 15, 100: 25, 500: 100, 2000: 300}
USED = {"real": PUBLIC}  # ours as people use it, where it is not the bare model
TIMES_FASTER = 10
MEMORY_LIMIT = 200

YES, NO, UNKNOWN = "yes", "no", "not measured"


@dataclass(frozen=True)
class Demand:
    """One line of what is wanted.

    Parameters
    ----------
    what, wanted : str
        The number, and where it should lie.
    found : str, default=""
        The number, if it was measured.
    reached : str, default="not measured"
        A verdict: "yes", "no" or "not measured".
    remark : str, default=""
        What else to know of the number.
    """

    what: str
    wanted: str
    found: str = ""
    reached: str = UNKNOWN
    remark: str = ""


def all_demands(runs: Sequence[Run], costs: Sequence[Cost]) -> list[Demand]:
    """Return every demand, those on quality first."""
    regrets = [
        regret_demand(runs, group, mark) for group in GROUPS for mark in REGRET_LIMITS
    ]
    families = [family_demand(runs, mark) for mark in REGRET_LIMITS]
    times = [time_demand(costs, mark) for mark in TIME_LIMITS]
    factors = [factor_demand(costs, peer) for peer in TIMED_PEERS]
    return [*regrets, *families, *times, *factors, memory_demand(costs)]


# -- quality -------------------------------------------------------------------------


def regret_demand(runs: Sequence[Run], group: str, mark: int) -> Demand:
    """Compare our regret on the report half of a group with the best peer's."""
    tasks, limit = select(group, "report"), REGRET_LIMITS[mark]
    what = f"{group}: regret after {mark} over the strongest peer's"
    wanted = "below 1"
    if limit < 1:
        wanted = f"at most {limit:.2f}, interval to each peer below 1"
    ours = USED.get(group, OURS)
    ratios = enough(ratios_to_peers(runs, mark, tasks, ours=ours), tasks)
    if not ratios:
        return Demand(what, wanted)
    peer = strongest(ratios)
    found = ratios[peer]
    remark = (
        f"{peer}, strongest of {len(ratios)}; {found.n} pairs on {found.n_tasks} of "
        f"{len(tasks)} tasks"
    )
    chance = [name for name, each in ratios.items() if _is_chance(each)]
    if chance:
        remark += f"; 1 lies in the interval to {', '.join(chance)}"
    if ours != OURS:
        remark += f"; by {ours}, and {_by_the_model(runs, mark, tasks)} by {OURS}"
    # Two peers may be equally strong and one of them have run too little to tell.
    reached = _answer(all(verdict(each, limit) == YES for each in ratios.values()))
    return Demand(what, wanted, interval(found), reached, remark)


def _by_the_model(runs: Sequence[Run], mark: int, tasks: Collection[str]) -> str:
    """Return the ratio of the bare model, which starts without what people know."""
    ratios = enough(ratios_to_peers(runs, mark, tasks), tasks)
    return interval(ratios[strongest(ratios)]) if ratios else "unknown"


def verdict(found: Ratio, limit: float) -> str:
    """Say whether a ratio is low enough; a limit below 1 asks for more than chance."""
    if limit < 1:
        return _answer(found.value <= limit and found.high < 1)
    return _answer(found.value < 1)


def _is_chance(found: Ratio) -> bool:
    return found.low <= 1 <= found.high


def family_demand(runs: Sequence[Run], mark: int) -> Demand:
    """Compare ours with the median peer on the family where it is worst."""
    what = f"tables: regret after {mark} over the median peer's, worst family"
    medians = {
        family: middle
        for family in tables.FAMILIES
        if (middle := median_ratio(runs, mark, family_tasks(family))) is not None
    }
    if len(medians) < len(tables.FAMILIES):
        return Demand(what, "at most 1")
    worst = max(medians, key=lambda family: medians[family])
    value = medians[worst]
    return Demand(what, "at most 1", f"{value:.2f}", _answer(value <= 1), worst)


def family_tasks(family: str) -> list[str]:
    """Return the tasks of a family that are in the report half."""
    return [task for task in tables.FAMILIES[family] if task in HALVES["report"]]


def median_ratio(
    runs: Sequence[Run], mark: int, tasks: Collection[str]
) -> float | None:
    """Return the median over the peers of our ratio to each, None without any."""
    ratios = enough(ratios_to_peers(runs, mark, tasks), tasks)
    return median(found.value for found in ratios.values()) if ratios else None


# -- costs ---------------------------------------------------------------------------


def time_demand(costs: Sequence[Cost], mark: int) -> Demand:
    """Compare the time of our suggestions with its limit."""
    what, limit = f"time of a suggestion at n = {mark}", TIME_LIMITS[mark]
    wanted = f"at most {limit} ms"
    found = _value(costs, TIME, OURS, mark)
    if found is None:
        return Demand(what, wanted)
    return Demand(what, wanted, f"{found:.1f} ms", _answer(found <= limit))


def factor_demand(costs: Sequence[Cost], peer: str) -> Demand:
    """Compare the time of our suggestions with that of a peer's."""
    what = f"time of {peer} over ours at n = {PEER_MARK}"
    wanted = f"at least {TIMES_FASTER}"
    ours, theirs = (_value(costs, TIME, name, PEER_MARK) for name in (OURS, peer))
    if ours is None or theirs is None:
        return Demand(what, wanted)
    factor = theirs / ours
    remark = f"{theirs:.0f} ms to {ours:.1f} ms"
    reached = _answer(factor >= TIMES_FASTER)
    return Demand(what, wanted, f"{factor:.1f}", reached, remark)


def memory_demand(costs: Sequence[Cost]) -> Demand:
    """Compare the memory of a long search with its limit."""
    what = f"memory of a search of {N_CANDIDATES:,} x 5 fits over the imports"
    wanted = f"under {MEMORY_LIMIT} MB"
    found = _value(costs, MEMORY, OURS, N_CANDIDATES)
    if found is None:
        return Demand(what, wanted)
    return Demand(what, wanted, f"{found:.0f} MB", _answer(found < MEMORY_LIMIT))


def _value(costs: Sequence[Cost], quantity: str, method: str, n: int) -> float | None:
    return next((c.value for c in costs if c.key == (quantity, method, n)), None)


def _answer(is_reached: bool) -> str:
    return YES if is_reached else NO
