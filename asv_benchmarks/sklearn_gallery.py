"""scikit-learn's own examples with the searches of sksearch in place of theirs.

    python asv_benchmarks/sklearn_gallery.py CHECKOUT > docs/sklearn_gallery.md

CHECKOUT is the path of a checkout, or of an unpacked source release, of the version
that is installed. Each example that makes a search is run twice, in a process and a folder
of its own, without a screen: as it is, and with the names of scikit-learn's searches
leading to ours. Nothing else of it is changed. The table says which ran to their end.

Data sets that would be downloaded are loaded where they can be; where they cannot,
the example is run with random data of the same columns (`_stand_ins.py`), for what is
asked is whether code goes through, not what it finds.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import sklearn

NAMES = "GridSearchCV|RandomizedSearchCV|HalvingGridSearchCV|HalvingRandomSearchCV"
MAKES_A_SEARCH = re.compile(rf"^(?!\s*#).*\b({NAMES})\(", re.MULTILINE)
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

{n_unchanged} of {n_examples} ran unchanged.

| example | searches | as it is | with ours |
| --- | --- | --- | --- |"""


def examples(checkout: Path) -> dict[Path, list[str]]:
    """Return the examples that make a search, with the names of its classes."""
    found = {}
    for path in sorted((checkout / "examples").rglob("plot_*.py")):
        names = set(MAKES_A_SEARCH.findall(path.read_text(encoding="utf-8")))
        if names:
            found[path] = sorted(names)
    return found


def run(path: Path, swap: bool, seconds: float) -> tuple[str, str]:
    """Run one example; return how it ended, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(RUNNER), str(path), *(["--swap"] * swap)]
        environment = {**os.environ, "MPLBACKEND": "agg"}
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return f"not within {seconds:.0f} s", ""
    output = done.stdout + done.stderr
    if done.returncode == 0:
        stand_in = "stand-in for" in done.stderr
        return "ran, on random data" if stand_in else "ran", output
    return f"`{output.strip().splitlines()[-1][:120]}`", output


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--only", default="", help="a part of the example's path")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--logs", type=Path, help="a folder for what examples print")
    args = parser.parse_args()
    rows, n_unchanged = [], 0
    for path, names in examples(args.checkout).items():
        name = str(path.relative_to(args.checkout / "examples"))
        if args.only not in name:
            continue
        endings = []
        for swap in (False, True):
            ending, output = run(path, swap, args.seconds)
            endings.append(ending)
            if args.logs:
                log = args.logs / f"{path.stem}{'-swapped' * swap}.log"
                log.write_text(output, encoding="utf-8")
        n_unchanged += endings[1].startswith("ran")
        rows.append(f"| {name} | {', '.join(names)} | {endings[0]} | {endings[1]} |")
        print(rows[-1], file=sys.stderr, flush=True)
    title = TITLE.format(
        version=sklearn.__version__, n_unchanged=n_unchanged, n_examples=len(rows)
    )
    print("\n".join([title, *rows]))


if __name__ == "__main__":
    main()
