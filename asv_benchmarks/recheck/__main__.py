"""The command line."""

import argparse
from pathlib import Path

from asv_benchmarks.quality.timed import records
from asv_benchmarks.recheck.report import TABLES, filled
from asv_benchmarks.recheck.runs import Choice, missing, run_all

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "user_guide" / "selection.md"


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.recheck",
        description="What a re-check and reshuffled splits gain.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run what is missing")
    run.add_argument("--seeds", type=int, default=40, help="of each problem")
    run.add_argument("--jobs", type=int, default=1)
    report = commands.add_parser("report", help="put the tables into the user guide")
    report.add_argument("--page", type=Path, default=PAGE)
    for command in (run, report):
        command.add_argument("--choices", type=Path, default=HERE / "choices.csv")
    return parser.parse_args()


def main() -> None:
    """Do as the command line says."""
    options = parse()
    done = records.read(options.choices, Choice)
    if options.command == "run":
        wanted = missing(done, options.seeds)
        print(f"{len(wanted)} searches to do")
        records.update(options.choices, Choice, run_all(wanted, options.jobs))
        return
    page = options.page.read_text()
    for name in TABLES:
        page = filled(page, name, done)
    options.page.write_text(page)


if __name__ == "__main__":
    main()
