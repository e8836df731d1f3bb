"""Scorers of what a model costs; all negative, so that greater is better."""

from sksearch.metrics._latency import NegLatency, neg_latency
from sksearch.metrics._measured import neg_fit_time, neg_peak_memory
from sksearch.metrics._model_size import neg_model_size
from sksearch.metrics._n_parameters import neg_n_parameters

__all__ = [
    "NegLatency",
    "neg_fit_time",
    "neg_latency",
    "neg_model_size",
    "neg_n_parameters",
    "neg_peak_memory",
]
