"""The command line."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from asv_benchmarks.quality.timed import records
from asv_benchmarks.reliability import broken, fates, measuring, nested, page
from asv_benchmarks.reliability.rows import (
    Broken,
    Cost,
    Fate,
    Killed,
    Nested,
    Orphaned,
)

HERE = Path(__file__).resolve().parent
REPORT = HERE.parents[1] / "docs" / "reliability.md"
KINDS: dict[str, Any] = {
    "kills": Killed,
    "fates": Fate,
    "orphans": Orphaned,
    "journals": Broken,
    "costs": Cost,
    "nested": Nested,
}


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.reliability",
        description="What a search survives, done and counted.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="do it all again; newer rows replace older")
    run.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    run.add_argument("--kills", type=int, default=100, help="of each search class")
    run.add_argument("--harms", type=int, default=100, help="journals of each harm")
    run.add_argument("--rounds", type=int, default=7, help="of what is timed")
    run.add_argument(
        "--settings", nargs="+", choices=list(fates.SETTINGS),
        default=list(fates.SETTINGS), metavar="SETTING",
    )  # fmt: skip
    run.add_argument(
        "--models", nargs="+", choices=list(nested.MODELS), default=list(nested.MODELS)
    )
    run.add_argument("--folder", type=Path, default=HERE, help="of the CSVs")
    write = commands.add_parser("report", help="make docs/reliability.md of the CSVs")
    write.add_argument("--folder", type=Path, default=HERE, help="of the CSVs")
    write.add_argument("--output", type=Path, default=REPORT)
    return parser.parse_args()


def results(options: argparse.Namespace) -> dict[str, Callable[[], Iterator[Any]]]:
    """Return what makes the rows of each CSV."""
    return {
        "kills": lambda: measuring.kills(options.kills),
        "fates": lambda: chain.from_iterable(map(fates.fates, options.settings)),
        "orphans": measuring.left_behind,
        "journals": lambda: chain(broken.broken(options.harms), broken.hostile()),
        "costs": lambda: measuring.costs(options.rounds),
        "nested": lambda: nested.measure(options.models, options.rounds),
    }


def save_each(path: Path, kind: Any, found: Iterable[Any]) -> None:
    """Add rows one by one: what was done stays when this is interrupted."""
    for row in found:
        print(*(getattr(row, name) for name in row.__dataclass_fields__), flush=True)
        records.update(path, kind, [row])


def read_all(folder: Path) -> dict[str, list[Any]]:
    """Return the rows of all CSVs."""
    return {name: records.read(folder / f"{name}.csv", KINDS[name]) for name in KINDS}


def main() -> None:
    """Do as the command line says."""
    options = parse()
    if options.command == "report":
        options.output.write_text(page.page(**read_all(options.folder)))
        return
    for name in options.only:
        found = results(options)[name]()
        save_each(options.folder / f"{name}.csv", KINDS[name], found)


if __name__ == "__main__":
    main()
