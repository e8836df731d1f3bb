"""Search spaces: what may be tried, how it is drawn, and how a model sees it."""

from sksearch.space._categorical import Categorical
from sksearch.space._dimensions import Dimension
from sksearch.space._integer import Integer
from sksearch.space._real import Real
from sksearch.space._search_space import SearchSpace

__all__ = ["Categorical", "Dimension", "Integer", "Real", "SearchSpace"]
