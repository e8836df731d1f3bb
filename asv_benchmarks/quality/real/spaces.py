"""The spaces of the real problems: plain lists of choices, in branches if they differ.

The tables hold one row for each point in the order of these lists: whoever changes one
has to compute that table again.
"""

from asv_benchmarks.quality.interface import Space
from asv_benchmarks.quality.real.choices import BALANCE, log_spaced, scalers, under
from asv_benchmarks.quality.real.step_spaces import STEP_SPACES


def _support_vectors(step: str, rbf: Space, poly: Space, linear: Space) -> list[Space]:
    kernels = {"rbf": rbf, "poly": poly, "linear": linear}
    return [under(step, {"kernel": [k], **space}) for k, space in kernels.items()]


SPACES: dict[str, Space | list[Space]] = {
    "svc_digits": _support_vectors(
        "svc",
        {"C": log_spaced(0.1, 1000, 12), "gamma": log_spaced(1e-4, 0.3, 14)},
        {
            "C": log_spaced(0.01, 30, 8),
            "gamma": log_spaced(0.001, 0.3, 6),
            "degree": [2, 3, 4],
            "coef0": [0.0, 0.3, 1.0, 3.0],
        },
        {"C": log_spaced(0.001, 100, 12)},
    ),
    "svc_cells": [
        {"scale": scalers()[:2], **branch, "svc__class_weight": BALANCE}
        for branch in _support_vectors(
            "svc",
            {"C": log_spaced(0.01, 1000, 11), "gamma": log_spaced(1e-5, 1, 11)},
            {
                "C": log_spaced(0.001, 10, 8),
                "degree": [2, 3, 4],
                "coef0": [0.0, 0.5, 1.0],
            },
            {"C": log_spaced(0.001, 10, 12)},
        )
    ],
    "svr_concrete": _support_vectors(
        "svr",
        {
            "C": log_spaced(0.01, 100, 11),
            "gamma": log_spaced(0.001, 3, 10),
            "epsilon": log_spaced(0.01, 1, 6),
        },
        {
            "C": log_spaced(0.001, 1, 6),
            "degree": [2, 3, 4],
            "coef0": [0.0, 0.5, 1.0, 2.0],
            "epsilon": log_spaced(0.01, 1, 4),
        },
        {"C": log_spaced(0.001, 10, 9), "epsilon": log_spaced(0.01, 1, 6)},
    ),
    "hgb_churn": {
        "learning_rate": log_spaced(0.01, 1, 9),
        "max_leaf_nodes": [3, 5, 8, 14],
        "min_samples_leaf": [2, 5, 12, 30],
        "l2_regularization": [0.0, 1.0, 10.0],
        "max_features": [0.3, 1.0],
    },
    "hgb_ames": {
        "loss": ["squared_error", "absolute_error"],
        "learning_rate": log_spaced(0.02, 0.8, 7),
        "max_leaf_nodes": [3, 4, 6, 10],
        "min_samples_leaf": [2, 6, 12, 25],
        "max_features": [0.1, 0.3, 1.0],
    },
    "lgbm_attrition": [
        {
            "boosting_type": ["gbdt"],
            "num_leaves": [3, 5, 9, 16],
            "learning_rate": log_spaced(0.01, 0.6, 9),
            "reg_lambda": [0.0, 1.0, 10.0],
            "subsample": [0.4, 0.7, 1.0],
            "colsample_bytree": [0.2, 0.5, 1.0],
        },
        {
            "boosting_type": ["dart"],
            "num_leaves": [3, 8, 20],
            "learning_rate": log_spaced(0.03, 1, 6),
            "drop_rate": [0.05, 0.1, 0.2, 0.4],
            "colsample_bytree": [0.2, 0.5, 1.0],
        },
    ],
    "lgbm_diamonds": {
        "num_leaves": [4, 7, 12, 20, 31],
        "learning_rate": log_spaced(0.02, 0.6, 8),
        "reg_alpha": [0.0, 0.1, 1.0],
        "min_child_samples": [2, 5, 12, 30],
        "subsample": [0.5, 1.0],
        "colsample_bytree": [0.4, 1.0],
    },
    "mlp_credit": [
        {
            "mlp__solver": ["adam"],
            "mlp__learning_rate_init": log_spaced(3e-4, 0.1, 9),
            "mlp__alpha": log_spaced(1e-4, 10, 5),
            "mlp__hidden_layer_sizes": [4, 8, 16, 32],
            "mlp__activation": ["relu", "tanh"],
        },
        {
            "mlp__solver": ["sgd"],
            "mlp__learning_rate_init": log_spaced(0.001, 1, 8),
            "mlp__momentum": [0.0, 0.5, 0.9],
            "mlp__hidden_layer_sizes": [4, 8, 16, 32],
            "mlp__activation": ["relu", "tanh"],
        },
        {
            "mlp__solver": ["lbfgs"],
            "mlp__alpha": log_spaced(1e-4, 100, 13),
            "mlp__hidden_layer_sizes": [4, 8, 16, 32],
            "mlp__activation": ["relu", "tanh", "logistic"],
        },
    ],
    **STEP_SPACES,
}
