"""Problems whose full fits take long enough for seconds to say something.

In three folds: with a third of the digits held out the best of sixty candidates is the
luckiest, and who trains the most in full is the first to have another as lucky.
"""

from dataclasses import replace
from typing import Any

from scipy.stats import loguniform
from sklearn.neural_network import MLPClassifier

from asv_benchmarks.quality.trained.problems import PROBLEMS, Problem, digits

MLP = "mlp_digits_81"


def plain_perceptron(seed: int, most: int) -> Any:
    """Return a network that does all its epochs, without a scaler before it."""
    return MLPClassifier(max_iter=most, n_iter_no_change=10 * most, random_state=seed)


LONGER = {
    MLP: Problem(
        digits,
        plain_perceptron,
        {
            "hidden_layer_sizes": [32, 64, 128, 256],
            "alpha": loguniform(1e-6, 1e0),
            "learning_rate_init": loguniform(1e-4, 1e-1),
            "batch_size": [32, 64, 128],
        },
        "max_iter",
        1797,
        most=81,
        n_candidates=143,
    ),
    "cnn_digits_27": replace(PROBLEMS["cnn_digits"], n_train=1797, n_folds=3),
    "lgbm_loans_486": replace(
        PROBLEMS["lgbm_loans"], n_train=9857, most=486, least=6, n_candidates=143
    ),
}
