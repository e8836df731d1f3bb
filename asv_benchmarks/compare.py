"""Compare the speed of this tree with that of another revision, side by side.

Every round runs both sides, each in a process of its own, so that whatever else the
machine does falls on both. A benchmark that looks more than 10 % slower is run again
with more rounds; if it still does, and no luck explains it, the exit status is 1.

The benchmarks are those of this tree; only the package is that of the revision.
Benchmarks that the revision cannot run are new, and not compared; neither are those
of classes named Yardstick, which time other packages.
"""

import argparse
import importlib
import inspect
import itertools
import json
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from timeit import Timer

from scipy.stats import mannwhitneyu

ROOT = Path(__file__).resolve().parents[1]
THRESHOLD = 1.10
BATCH_SECONDS = 0.01  # shorter calls are timed many at once
MOST_BATCHES, TOTAL_SECONDS = 20, 0.4
ROUNDS, MORE_ROUNDS = 5, 8
P_VALUE = 0.01
OURS = r"^(?!.*\.Yardstick\.)"


# -- one side, one round: this part runs in a process of its own ---------------------


def find_benchmarks(pattern):
    """Yield (name, instance, method name, params) of each timing that matches."""
    import benchmarks

    for module_info in pkgutil.iter_modules(benchmarks.__path__):
        module = importlib.import_module(f"benchmarks.{module_info.name}")
        for class_name, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ != module.__name__:
                continue
            for method, params in timings(cls):
                arguments = ", ".join(map(repr, params))
                name = f"{module_info.name}.{class_name}.{method}({arguments})"
                if re.search(pattern, name):
                    yield name, cls(), method, params


def timings(cls):
    """Return (method name, params) of the timings of one class, as asv reads them."""
    values = getattr(cls, "params", ())
    if values and not isinstance(values[0], list | tuple):
        values = (values,)
    methods = [name for name in dir(cls) if name.startswith("time_")]
    return itertools.product(methods, itertools.product(*values))


def time_once(instance, method, params):
    """Return the seconds of one call: the best of a few batches.

    What else runs on the machine only ever adds to a timing.
    """
    if hasattr(instance, "setup"):
        instance.setup(*params)
    call = partial(getattr(instance, method), *params)
    call()  # imports and caches
    timer = Timer(call)
    number = 1
    while (elapsed := timer.timeit(number)) < BATCH_SECONDS:
        number *= 2
    n_batches = int(min(MOST_BATCHES, TOTAL_SECONDS / elapsed))
    return min([elapsed, *timer.repeat(n_batches, number)]) / number


def measure(pattern):
    """Print the seconds of every timing as JSON; null where it cannot run."""
    times = {}
    for name, instance, method, params in find_benchmarks(pattern):
        try:
            times[name] = time_once(instance, method, params)
        except Exception as error:
            print(f"{name}: {error!r}", file=sys.stderr)
            times[name] = None
    print(json.dumps(times))


# -- both sides ----------------------------------------------------------------------


def run_side(tree, pattern):
    """Measure one tree in a process of its own."""
    paths = [str(tree), str(ROOT / "asv_benchmarks")]
    done = subprocess.run(
        [sys.executable, __file__, "--measure", "--bench", pattern],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        # An import of the benchmarks failed: this tree has nothing to compare.
        return {}, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def run_rounds(trees, pattern, n_rounds):
    """Return {benchmark: ([seconds of the base], [seconds of this tree])}."""
    times = {}
    for i in range(n_rounds):
        order = (0, 1) if i % 2 == 0 else (1, 0)  # neither side always goes first
        for side in order:
            found, errors = run_side(trees[side], pattern)
            if i == 0:
                sys.stderr.write(errors)
            for name, value in found.items():
                if value is not None:
                    times.setdefault(name, ([], []))[side].append(value)
        print(f"round {i + 1} of {n_rounds}", file=sys.stderr, flush=True)
    return {name: sides for name, sides in times.items() if sides[1]}


def ratio(sides):
    """How many times slower this tree is than the base."""
    base, ours = map(median, sides)
    return ours / base


def is_regression(sides):
    """Whether this tree is over the threshold, and not by luck."""
    base, ours = sides
    luck = mannwhitneyu(ours, base, alternative="greater").pvalue
    return ratio(sides) > THRESHOLD and luck < P_VALUE


def compare(trees, pattern):
    """Return {benchmark: (seconds of both sides, verdict)}."""
    times = run_rounds(trees, pattern, ROUNDS)
    both = {name: sides for name, sides in times.items() if sides[0]}
    suspects = [name for name, sides in both.items() if ratio(sides) > THRESHOLD]
    if suspects:
        again = "|".join(f"^{re.escape(name)}$" for name in suspects)
        print(f"again: {', '.join(suspects)}", file=sys.stderr, flush=True)
        both |= run_rounds(trees, again, MORE_ROUNDS)
    verdicts = {}
    for name, sides in times.items():
        if name not in both:
            verdicts[name] = (sides, "new")
            continue
        slower = name in suspects and is_regression(both[name])
        verdicts[name] = (both[name], "SLOWER" if slower else "")
    return verdicts


def print_table(verdicts, base):
    """Print one line for each benchmark."""
    width = max(map(len, verdicts), default=0)
    print(f"{'benchmark':{width}}  {base[:12]:>12}  {'this tree':>12}  ratio")
    for name, (sides, verdict) in verdicts.items():
        before = f"{1e3 * median(sides[0]):9.3f} ms" if sides[0] else ""
        after = f"{1e3 * median(sides[1]):9.3f} ms"
        times = f"{ratio(sides):5.2f}" if sides[0] else ""
        print(f"{name:{width}}  {before:>12}  {after:>12}  {times:5}  {verdict}")


def export(revision, folder):
    """Write the package of a revision into a folder."""
    archive = subprocess.run(
        ["git", "archive", "--format=tar", revision, "sksearch"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)


def main():
    """Compare, print, and tell by the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("base", nargs="?", default="HEAD", help="revision to beat")
    parser.add_argument("--bench", default=OURS, help="which benchmarks (regex)")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.bench)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        export(options.base, folder)
        verdicts = compare((Path(folder), ROOT), options.bench)
    print_table(verdicts, options.base)
    if not verdicts:
        print("No benchmark ran on this tree.")
        return 1
    slower = [name for name, (_, verdict) in verdicts.items() if verdict == "SLOWER"]
    print(f"{len(slower)} of {len(verdicts)} benchmarks are over {THRESHOLD:.0%}.")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
