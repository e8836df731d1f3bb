"""A tracker that fails says so once and stops no search."""

import subprocess
import sys

import pytest

import sksearch.callbacks
from sksearch.callbacks import Callback
from sksearch.callbacks._tracker import Tracker
from sksearch.exceptions import TrackerWarning
from tests.callbacks.tracked import Toy, X, bayes, y

NAMES = [
    pytest.param("MLflowTracker", marks=pytest.mark.slow),  # seconds to import
    "TensorBoardTracker",
    "WandbTracker",
]
PACKAGES = {
    "LiveBar": ("tqdm", "progress"),
    "MLflowTracker": ("mlflow", "mlflow"),
    "TensorBoardTracker": ("tensorboard", "tensorboard"),
    "WandbTracker": ("wandb", "wandb"),
}

# Third parties warn where they are imported first, and of their own ways.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Flaky(Tracker):
    """Writes into a list; fails while it is told to."""

    def __init__(self, fails=()):
        self.fails = set(fails)
        self.rows = []

    def _open(self, plan, history):
        if "open" in self.fails:
            raise OSError("no such place")
        return FlakyWriter(self)


class FlakyWriter:
    def __init__(self, tracker):
        self._tracker = tracker

    def logged(self):
        return set()

    def write(self, history, finished):
        if finished.trial_id in self._tracker.fails:
            raise OSError("the line is cut")
        self._tracker.rows.append(finished.trial_id)

    def close(self, search, history, error):
        if "close" in self._tracker.fails:
            raise OSError("no answer")
        self._tracker.rows.append(error)


@pytest.mark.parametrize("fails", [["open"], [1], [1, 3], ["close"], ["open", "close"]])
def test_a_failure_is_told_once_and_stops_nothing(fails):
    tracker = Flaky(fails)
    with pytest.warns(TrackerWarning, match=r"Flaky failed.*OSError") as caught:
        search = bayes(tracker).fit(X, y)
    assert len([w for w in caught if w.category is TrackerWarning]) == 1
    assert len(search.history_.observed()) == 6


def test_what_was_missed_is_logged_at_the_end():
    class Recovers(Callback):
        def on_evaluation(self, history, evaluation):
            if evaluation.trial_id == 4:
                tracker.fails.clear()

    tracker = Flaky([1])
    search = bayes(tracker).set_params(callbacks=[tracker, Recovers()])
    with pytest.warns(TrackerWarning):
        search.fit(X, y)
    # Trial 1 failed, so that 2 to 5 were not tried before the end.
    assert tracker.rows == [0, 1, 2, 3, 4, 5, None]


def test_an_error_of_fit_reaches_the_tracker():
    tracker = Flaky()
    search = bayes(tracker, error_score="raise")
    search.set_params(estimator=Toy(fails=True))
    with pytest.raises(ValueError, match="as it was told"):
        search.fit(X, y)
    assert isinstance(tracker.rows[-1], ValueError)
    assert "_session" not in vars(tracker)


def broken(name, folder):
    """A tracker that has no place to write to."""
    (folder / "file").write_text("no folder")
    place = str(folder / "file" / "below")
    arguments = {
        "MLflowTracker": {"tracking_uri": f"sqlite:///{place}/mlflow.db"},
        "TensorBoardTracker": {"log_dir": place},
        "WandbTracker": {
            "folder": place,
            "init_options": {"mode": "offline", "id": "no/good/id"},
        },
    }
    return getattr(sksearch.callbacks, name)(**arguments[name])


@pytest.mark.parametrize("name", NAMES)
def test_no_place_to_write_to(name, tmp_path):
    package, _ = PACKAGES[name]
    pytest.importorskip(package, reason=f"{package} is an extra")
    with pytest.warns(TrackerWarning, match=f"{name} failed"):
        search = bayes(broken(name, tmp_path), n_iter=2).fit(X, y)
    assert len(search.history_.observed()) == 2


WITHOUT = """
import sys
sys.modules[{package!r}] = None
import sksearch.callbacks
try:
    sksearch.callbacks.{name}()
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_not_installed_is_told_with_the_command(name):
    package, extra = PACKAGES[name]
    program = WITHOUT.format(package=package, name=name)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    missing = "torch" if "torch." in done.stdout else package
    assert done.stdout == (
        f"{name} needs {missing}. Run: pip install 'sksearch[{extra}]'\n"
    )
