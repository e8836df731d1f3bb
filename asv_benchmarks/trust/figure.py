"""The picture: what four numbers say of the same model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asv_benchmarks.trust.judging import DIGITS, N_DIGITS
from asv_benchmarks.trust.rows import Judged

__all__ = ["draw"]

COLUMNS = {
    "best": "best CV score",
    "corrected": "BBC",
    "nested": "nested",
    "refitted": "the truth",
}
COLORS = ["#c44e52", "#4c72b0", "#55a868", "#333333"]


def draw(rows: Sequence[Judged], path: Path) -> None:
    """Save the picture: one dot for each seed, a bar for the mean."""
    found = [row for row in rows if row.setting == DIGITS]
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    aside = np.random.default_rng(0).uniform(-0.18, 0.18, len(found))
    truth = float(np.mean([row.refitted for row in found]))
    axes.axhline(truth, color="#333333", linewidth=1, linestyle=":", zorder=0)
    for place, (column, color) in enumerate(zip(COLUMNS, COLORS, strict=True)):
        values = np.array([getattr(row, column) for row in found])
        axes.scatter(place + aside, values, s=16, color=color, alpha=0.55, linewidth=0)
        axes.hlines(values.mean(), place - 0.28, place + 0.28, color=color, linewidth=3)
        where = (place + 0.32, values.mean())
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        text = f"{values.mean():.3f}"
        axes.annotate(text, where, va="center", color=color, bbox=box)
    axes.set_xticks(range(len(COLUMNS)), COLUMNS.values())
    axes.set_xlim(-0.5, len(COLUMNS) - 0.3)
    axes.set_ylabel("accuracy")
    axes.set_title(
        f"Trees for {N_DIGITS} handwritten digits, {len(found)} samples; the truth is "
        "the score on all others",
        fontsize="medium",
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130, metadata={"Software": None})
