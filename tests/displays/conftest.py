"""A canvas that nobody sees, and a history with all that can happen."""

import pytest

from tests.displays.histories import grown

matplotlib = pytest.importorskip("matplotlib", reason="the plot extra is not installed")
pytest.importorskip("pandas", reason="the plot extra is not installed")
matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def no_figure_stays():
    import matplotlib.pyplot as plt

    plt.close("all")  # those of doctests
    yield
    plt.close("all")


@pytest.fixture
def history():
    """All that can happen to a candidate: two goals, a constraint, bad ends."""
    return grown(
        40,
        fails=(3, 17),
        stops=(5, 20),
        objectives=("good", "small"),
        constraints={"small": -40.0},
    )
