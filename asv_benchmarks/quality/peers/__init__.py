"""The peers, each behind `ask` and `tell`, with the defaults of its release.

They see an ordered list of numbers as the integers that index it, and one categorical
for the branches of a conditional space. Each is imported when it runs, so that none has
to be installed for the others.
"""

from asv_benchmarks.quality.peers.hebo_mace import Hebo
from asv_benchmarks.quality.peers.hyperopt_tpe import HyperoptTPE
from asv_benchmarks.quality.peers.optuna_sampler import OptunaSampler
from asv_benchmarks.quality.peers.skopt_process import Skopt
from asv_benchmarks.quality.peers.smac_forest import Smac

__all__ = ["Hebo", "HyperoptTPE", "OptunaSampler", "Skopt", "Smac"]
