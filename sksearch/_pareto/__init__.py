"""Which of several points is better when there are several objectives.

Arrays in, arrays out; larger is better in every objective. A point with a NaN or an
infinite objective is none: it is on no front, ranks behind all the others, has no
volume and is never chosen.
"""

from sksearch._pareto._boxes import nondominated_boxes
from sksearch._pareto._choice import knee, preference_order, preferred
from sksearch._pareto._dominance import (
    crowding_distances,
    is_nondominated,
    nondominated_ranks,
)
from sksearch._pareto._hypervolume import (
    hypervolume,
    hypervolume_contributions,
    reference_point,
)
from sksearch._pareto._shown_volume import shown_hypervolume

__all__ = [
    "crowding_distances",
    "hypervolume",
    "hypervolume_contributions",
    "is_nondominated",
    "knee",
    "nondominated_boxes",
    "nondominated_ranks",
    "preference_order",
    "preferred",
    "reference_point",
    "shown_hypervolume",
]
