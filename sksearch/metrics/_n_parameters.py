"""How many numbers a model has learned."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sksearch.metrics._nets import modules_of, n_elements
from sksearch.metrics._scorers import CostScorer

__all__ = ["neg_n_parameters"]

# The first of these that a model has says what it is made of. Support vectors come
# before coefficients, which a support vector machine has only for some kernels.
_ARRAYS = (
    ("support_vectors_", "dual_coef_", "intercept_"),
    ("X_fit_", "dual_coef_"),  # kernel ridge regression
    ("X_train_", "alpha_"),  # Gaussian process regression
    ("coefs_", "intercepts_"),  # multi-layer perceptrons
    ("coef_", "intercept_"),
    ("theta_", "var_", "class_prior_"),  # Gaussian naive Bayes
    ("feature_log_prob_", "class_log_prior_"),  # other naive Bayes
    ("_fit_X", "_y"),  # nearest neighbours
    ("cluster_centers_",),
)

# Models inside models; the first that is there counts. Ensembles also keep the
# template of their members as `estimator_`, which is not fitted.
_INSIDE = ("best_estimator_", "estimators_", "regressor_", "estimator_")


@CostScorer
def neg_n_parameters(estimator: Any) -> float:
    """Score a model by how many numbers it has learned.

    These are, of

    - nets, modules of torch and estimators of skorch: the elements of the parameters,
      zeros included, without buffers;
    - multi-layer perceptrons and linear models: weights and intercepts;
    - trees, forests and boosted trees, of LightGBM and XGBoost too: the nodes, splits
      and leaves;
    - support vector machines and other kernel machines: the stored vectors and their
      coefficients;
    - nearest neighbours: the stored data; k-means: the centres;
    - naive Bayes: the parameters of the distributions;
    - models made of others, as by voting, stacking, bagging, boosting, or a search: the
      sum of their members;
    - pipelines: those of the last step.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X, y : array-like, default=None
        Not used: scorers are called with them.

    Returns
    -------
    score : float
        Minus the number.

    Raises
    ------
    TypeError
        If it is not known what the parameters of such a model are.
    NotFittedError
        If there is no model yet.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sksearch.metrics import neg_n_parameters
    >>> X, y = load_iris(return_X_y=True)
    >>> neg_n_parameters(LogisticRegression(max_iter=500).fit(X, y))
    -15.0
    """
    return -float(_n_parameters(estimator))


def _n_parameters(model: Any) -> int:
    if modules := modules_of(model):
        return n_elements(modules)
    if hasattr(model, "steps"):
        return _n_parameters(model.steps[-1][1])
    if inside := list(_members(model)):
        return sum(map(_n_parameters, inside))
    for has, count in _TREES.items():
        if hasattr(model, has):
            return count(model)
    for names in _ARRAYS:
        if hasattr(model, names[0]):
            return sum(_size(getattr(model, name, ())) for name in names)
    check_is_fitted(model)
    raise TypeError(
        f"neg_n_parameters does not know what the parameters of "
        f"{type(model).__name__} are. Write a scorer of your own, a function of "
        "(estimator, X, y), or take neg_model_size, which can weigh any model."
    )


def _members(model: Any) -> Iterator[Any]:
    """Yield the fitted models that a model is made of."""
    name = next((name for name in _INSIDE if hasattr(model, name)), None)
    if name is not None:
        yield from np.ravel(np.array(getattr(model, name), dtype=object))
    if hasattr(model, "final_estimator_"):
        yield model.final_estimator_
    for calibrated in getattr(model, "calibrated_classifiers_", ()):
        yield calibrated.estimator


def _nodes_of_histogram_trees(model: Any) -> int:
    rounds = model._predictors
    return sum(len(tree.nodes) for trees in rounds for tree in trees)


def _nodes_of_lightgbm(model: Any) -> int:
    # A tree of n leaves has n - 1 splits.
    trees = model.booster_.dump_model()["tree_info"]
    return sum(2 * tree["num_leaves"] - 1 for tree in trees)


def _nodes_of_xgboost(model: Any) -> int:
    dumped = model.get_booster().get_dump()  # one line for each node
    return sum(len(tree.split("\n")) - 1 for tree in dumped)


_TREES: dict[str, Callable[[Any], int]] = {
    "tree_": lambda model: int(model.tree_.node_count),
    "_predictors": _nodes_of_histogram_trees,
    "booster_": _nodes_of_lightgbm,
    "get_booster": _nodes_of_xgboost,
}


def _size(values: Any) -> int:
    """Return how many numbers an array, a sparse one, or a list of arrays has."""
    if isinstance(values, list | tuple):
        return sum(map(_size, values))
    return int(getattr(values, "size", 1))  # of a sparse one: those that are stored
