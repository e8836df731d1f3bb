"""Rules that choose a candidate: callables for `refit` of any search.

Each takes `cv_results_` and returns a row. They read columns and nothing else, so that
those of scikit-learn's searches do as well.
"""

from sksearch.selection._knee import Knee
from sksearch.selection._posterior_mean import PosteriorMean
from sksearch.selection._within import FastestWithin, OneStandardError

__all__ = ["FastestWithin", "Knee", "OneStandardError", "PosteriorMean"]
