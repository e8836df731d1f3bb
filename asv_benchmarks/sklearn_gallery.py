"""scikit-learn's own examples with the searches of sksearch in place of theirs.

    python asv_benchmarks/sklearn_gallery.py CHECKOUT > docs/sklearn_gallery.md

CHECKOUT is the path of a checkout, or of an unpacked source release, of the version
that is installed. Each example that makes a search is run in a process and a folder of
its own, without a screen, with the names of scikit-learn's searches leading to ours.
Nothing else of it is changed. One that does not end well is run once more as it is, to
see whose fault that is.

Data sets that would be downloaded are loaded where they can be; where they cannot,
the example is run with random data of the same columns (`_stand_ins.py`), for what is
asked is whether code goes through, not what it finds.

It takes an hour. With ``--endings FILE`` what was run before is not run again.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import sklearn

NAMES = "GridSearchCV|RandomizedSearchCV|HalvingGridSearchCV|HalvingRandomSearchCV"
MAKES_A_SEARCH = re.compile(rf"^(?!\s*#).*\b({NAMES})\(", re.MULTILINE)
NOT_RUN = "not run yet"
RUNNER = Path(__file__).with_name("_swapped.py")
TITLE = """\
<!-- Made by `python asv_benchmarks/sklearn_gallery.py`; changes here are lost. -->

# scikit-learn's examples with our searches

Every example of scikit-learn {version} that makes a search, run with `BayesSearchCV`
where it says `GridSearchCV` or `RandomizedSearchCV`, and with
`HyperbandSearchCV(scheduler="halving")` where it says `HalvingGridSearchCV` or
`HalvingRandomSearchCV`. The text of the example stays as it is. A grid is evaluated in
full (`n_iter` is its size), so that what is plotted over it finds all of its points.
"On random data" are those whose data set would be downloaded and could not be.

There are {n_examples}. {n_run} of them have been run;
{n_unchanged} of these ran unchanged.

| example | searches | with ours |
| --- | --- | --- |"""


def examples(checkout: Path) -> dict[Path, list[str]]:
    """Return the examples that make a search, with the names of its classes."""
    found = {}
    for path in sorted((checkout / "examples").rglob("plot_*.py")):
        names = set(MAKES_A_SEARCH.findall(path.read_text(encoding="utf-8")))
        if names:
            found[path] = sorted(names)
    return found


def run(path: Path, swap: bool, seconds: float) -> str:
    """Run one example, and return how it ended."""
    command = [sys.executable, str(RUNNER), str(path), *(["--swap"] * swap)]
    options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": seconds}
    options["env"] = {**os.environ, "MPLBACKEND": "agg"}
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(command, cwd=folder, **options)
        except subprocess.TimeoutExpired:
            return f"not within {seconds:.0f} s"
    if done.returncode == 0:
        return "ran, on random data" if "stand-in for" in done.stderr else "ran"
    return f"`{done.stderr.strip().splitlines()[-1][:120]}`"


def ending(path: Path, seconds: float) -> str:
    """Return how an example ends with our searches, and if badly, with theirs."""
    ours = run(path, True, seconds)
    if ours.startswith("ran"):
        return ours
    return f"{ours}; as it is: {run(path, False, seconds)}"


def page(rows: list[tuple[str, list[str], str]]) -> str:
    """Return the page, of names, the classes they use, and endings."""
    title = TITLE.format(
        version=sklearn.__version__,
        n_unchanged=sum(end.startswith("ran") for *_, end in rows),
        n_run=sum(end != NOT_RUN for *_, end in rows),
        n_examples=len(rows),
    )
    lines = [f"| {name} | {', '.join(names)} | {end} |" for name, names, end in rows]
    return "\n".join([title, *lines])


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--endings", type=Path, help="a file that keeps what was run")
    parser.add_argument("--run-none", action="store_true", help="tell what was run")
    args = parser.parse_args()
    kept = args.endings and args.endings.exists()
    endings = json.loads(args.endings.read_text("utf-8")) if kept else {}
    rows = []
    for path, names in examples(args.checkout).items():
        name = path.relative_to(args.checkout / "examples").as_posix()
        if name not in endings and not args.run_none:
            endings[name] = ending(path, args.seconds)
            print(name, endings[name], file=sys.stderr, flush=True)
            if args.endings:
                args.endings.write_text(json.dumps(endings, indent=1), "utf-8")
        rows.append((name, names, endings.get(name, NOT_RUN)))
    print(page(rows))


if __name__ == "__main__":
    main()
