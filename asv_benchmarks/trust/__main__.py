"""The command line."""

import argparse
from pathlib import Path

from asv_benchmarks.quality.timed import records
from asv_benchmarks.trust import judging
from asv_benchmarks.trust.figure import draw
from asv_benchmarks.trust.others import others
from asv_benchmarks.trust.rows import Judged
from asv_benchmarks.trust.tables import MADE, tables

HERE = Path(__file__).resolve().parent
CSV = HERE / "judged.csv"
GUIDE = HERE.parents[1] / "docs" / "user_guide"
FIGURE = GUIDE / "trust.png"


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.trust",
        description="What scores of a search say, where the truth is known.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="do what the CSV lacks")
    run.add_argument("--only", nargs="+", choices=list(judging.SEEDS), metavar="NAME")
    run.add_argument("--jobs", type=int, default=1)
    commands.add_parser("report", help="make the tables of the guide of the CSV")
    commands.add_parser("others", help="make the table of other ways, from nothing")
    commands.add_parser("figure", help="make the picture of the guide of the CSV")
    return parser.parse_args()


def table_path(name: str) -> Path:
    """Return where a table stands; not a page, so that Sphinx looks for no place."""
    return GUIDE / f"trust_{name}.inc"


def main() -> None:
    """Do as the command line says."""
    options = parse()
    known = records.read(CSV, Judged)
    if options.command == "run":
        wanted = judging.lacking(known)
        wanted = [key for key in wanted if key[0] in (options.only or judging.SEEDS)]
        records.update(CSV, Judged, judging.run_all(wanted, options.jobs))
    elif options.command == "figure":
        draw(known, FIGURE)
    elif options.command == "others":
        table_path("others").write_text(MADE + others())
    else:
        for name, text in tables(known).items():
            table_path(name).write_text(text)


if __name__ == "__main__":
    main()
