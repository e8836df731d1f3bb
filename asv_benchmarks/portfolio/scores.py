"""The CSV of scores: a line for each configuration, a column for each task."""

import csv
import json
import math
from pathlib import Path

from asv_benchmarks.portfolio.measure import Params, Scores

SCORES = Path(__file__).resolve().with_name("scores.csv")

Measured = dict[str, tuple[list[Params], Scores]]  # by family


def read(path: Path = SCORES) -> Measured:
    """Return what was measured of each family."""
    found: Measured = {}
    if not path.exists():
        return found
    with path.open(newline="") as file:
        for line in csv.DictReader(file):
            points, scores = found.setdefault(line.pop("family"), ([], {}))
            points.append(json.loads(line.pop("params")))
            for task, text in line.items():
                if text:  # a task of this family
                    scores.setdefault(task, []).append(float(text))
    return found


def write(measured: Measured, path: Path = SCORES) -> None:
    """Write all of it; NaN is a fit that failed, nothing is no task of the family."""
    tasks = sorted({task for _, scores in measured.values() for task in scores})
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["family", "params", *tasks])
        for family, (points, scores) in sorted(measured.items()):
            for i, point in enumerate(points):
                cells = [_text(scores[t][i]) if t in scores else "" for t in tasks]
                writer.writerow([family, json.dumps(point), *cells])


def _text(score: float) -> str:
    return "nan" if math.isnan(score) else f"{score:g}"
