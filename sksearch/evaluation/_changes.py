"""Which parameters of an estimator may change while it is trained."""

from typing import Any

__all__ = ["may_change"]

# What there is already would be read by the new value, or does not fit it: shapes of
# weights, how raw scores become predictions, how columns are binned.
_FIXED = {
    "activation",
    "average",
    "base_estimator",
    "boosting",
    "boosting_type",
    "booster",
    "categorical_feature",
    "categorical_features",
    "decomposition_method",
    "early_stopping",
    "estimator",
    "grow_policy",
    "hidden_layer_sizes",
    "init",
    "linear_tree",
    "loss",
    "max_bin",
    "max_bins",
    "min_data_in_bin",
    "n_clusters",
    "n_components",
    "n_features",
    "num_class",
    "objective",
    "quantile",
    "solver",
    "subsample_for_bin",
    "tree_method",
    "warm_start",
}
# These multiply all their members by it, those of before included.
_ONE_RATE = {"GradientBoostingClassifier", "GradientBoostingRegressor"}


def may_change(estimator: Any, name: str) -> bool:
    """Tell whether a trained estimator can go on with another value of a parameter.

    Parameters
    ----------
    estimator : estimator
        Of scikit-learn, LightGBM or XGBoost, or like them; trained by `partial_fit` or
        by adding members.
    name : str
        The parameter.

    Examples
    --------
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sksearch.evaluation._changes import may_change
    >>> may_change(MLPClassifier(), "alpha")
    True
    >>> may_change(MLPClassifier(), "hidden_layer_sizes")
    False
    """
    classes = {base.__name__ for base in type(estimator).__mro__}
    if "CatBoost" in classes:  # whose parameters are fixed once it is trained
        return False
    if name == "learning_rate" and classes & _ONE_RATE:
        return False
    return name not in _FIXED
