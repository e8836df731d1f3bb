"""Medians of seconds, their ratios, and who is first."""

from collections.abc import Mapping, Sequence
from statistics import median

from asv_benchmarks.quality.timed.reaching import Reach

OURS, RANDOM = "BayesSearchCV", "RandomizedSearchCV"

# By task, then by search: the median of the seconds over the seeds.
Medians = Mapping[str, Mapping[str, float]]


def medians(reaches: Sequence[Reach], n_jobs: int) -> Medians:
    """Return the median seconds; a search that was given up counts with its limit."""
    found: dict[str, dict[str, list[float]]] = {}
    for each in with_jobs(reaches, n_jobs):
        by_search = found.setdefault(each.task, {})
        by_search.setdefault(each.search, []).append(each.seconds)
    return {
        task: {search: median(values) for search, values in by_search.items()}
        for task, by_search in found.items()
    }


def shared(reaches: Sequence[Reach]) -> list[Reach]:
    """Return the runs of the tasks and seeds that all searches ran, those that ran."""
    searches = {each.search for each in reaches}
    ran: dict[tuple[str, int], set[str]] = {}
    for each in reaches:
        ran.setdefault((each.task, each.seed), set()).add(each.search)
    return [each for each in reaches if ran[each.task, each.seed] == searches]


def wholes(reaches: Sequence[Reach], n_jobs: int, field: str) -> dict[str, float]:
    """Return by task the median seconds of the target's search: `whole` or `found`."""
    found: dict[str, dict[int, float]] = {}
    for each in with_jobs(reaches, n_jobs):
        found.setdefault(each.task, {})[each.seed] = getattr(each, field)
    return {task: median(by_seed.values()) for task, by_seed in found.items()}


def ratio(found: Medians, search: str, others: Mapping[str, float]) -> float | None:
    """Return the median over the tasks of a search's seconds over others'."""
    both = [task for task in found if search in found[task] and task in others]
    return median(found[t][search] / others[t] for t in both) if both else None


def firsts(found: Medians) -> dict[str, str]:
    """Return which search is first on each task; none where several are."""
    first: dict[str, str] = {}
    for task, by_search in found.items():
        least = min(by_search.values())
        names = [name for name, value in by_search.items() if value == least]
        first[task] = names[0] if len(names) == 1 else ""
    return first


def of_random(found: Medians) -> dict[str, float]:
    """Return by task the median seconds of random search."""
    return {task: by[RANDOM] for task, by in found.items() if RANDOM in by}


def with_jobs(reaches: Sequence[Reach], n_jobs: int) -> list[Reach]:
    """Return the runs with a number of workers."""
    return [each for each in reaches if each.n_jobs == n_jobs]
