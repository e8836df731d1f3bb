"""
Good, or fast: MultiObjectiveSearchCV on cancelled flights
==========================================================

Which flights from New York will be cancelled? One in forty of 24,000 is, so that scores
are average precisions. A model that answers for every flight of every airline has to be
fast as well. LightGBM is searched for both at once, average precision and the time for
a flight, and what takes longer than a microsecond is not wanted. What is found is a
front. The model at its knee is written to a file, and the front is drawn.
Needs the extras lightgbm and plot.
"""

from pathlib import Path

import joblib
import pandas as pd
from lightgbm import LGBMClassifier
from scipy.stats import loguniform, randint, uniform
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split

from sksearch import MultiObjectiveSearchCV
from sksearch.displays import ParetoFrontDisplay
from sksearch.metrics import NegLatency
from sksearch.space import Integer

ROOT = Path(__file__).resolve().parents[1]
SLOWEST = 1e-6  # seconds for a flight
SPACE = {
    "n_estimators": Integer(5, 800, prior="log-uniform"),
    "num_leaves": Integer(2, 64, prior="log-uniform"),
    "learning_rate": loguniform(0.01, 0.5),
    "min_child_samples": randint(5, 300),
    "colsample_bytree": uniform(0.3, 0.7),
}
latency = NegLatency(2000, per_row=True, method="predict_proba", n_repeats=10)


def load_flights():
    """Return flights to search on and flights to judge by; texts become numbers."""
    table = pd.read_csv(ROOT / "examples" / "data" / "cancelled_flights.csv.gz")
    cancelled = table.pop("cancelled")
    for name in table.select_dtypes(exclude="number"):
        table[name] = table[name].astype("category").cat.codes
    return train_test_split(
        table.to_numpy(float), cancelled, stratify=cancelled, random_state=0
    )


def main():
    """Search, print the front, and keep the model at its knee."""
    X_train, X_test, y_train, y_test = load_flights()
    search = MultiObjectiveSearchCV(
        LGBMClassifier(n_jobs=1, random_state=0, verbose=-1),
        SPACE,
        scoring={"average_precision": "average_precision", "latency": latency},
        score_constraints={"latency": -SLOWEST},
        n_iter=30,
        cv=3,
        random_state=0,
    )
    search.fit(X_train, y_train)

    print("  CV   held out   microseconds for a flight")
    for index in search.pareto_index_:
        model = search.refit_for(index, X_train, y_train)
        held_out = average_precision_score(y_test, model.predict_proba(X_test)[:, 1])
        mean = search.cv_results_["mean_test_average_precision"][index]
        chosen = "  <- the knee" if index == search.best_index_ else ""
        # Measured again: nothing else is running now.
        microseconds = -1e6 * latency(model, X_test)
        print(f"{mean:.3f}   {held_out:.3f}     {microseconds:.2f}{chosen}")

    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    joblib.dump(search.best_estimator_, folder / "flights.joblib")
    picture = ParetoFrontDisplay.from_search(search).plot()
    picture.figure_.savefig(folder / "flights_front.png", dpi=150)
    print(f"The model and the front are in {folder.name}/.")


if __name__ == "__main__":
    main()
