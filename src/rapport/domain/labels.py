"""Labels of a drawing that would cover each other, moved apart."""

from collections.abc import Sequence
from itertools import pairwise


def spread(wanted: Sequence[float], gap: float, height: float) -> list[float]:
    """Places at least a gap apart, as near to the wanted ones as going down and then up again brings them.

    Places are counted from the top; none comes to lie below the height, unless there is no room for them all.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    places = list(wanted)
    for above, below in pairwise(order):
        places[below] = max(places[below], places[above] + gap)
    excess = max([0.0, *(place - height for place in places)])
    if order and excess:
        places[order[-1]] -= excess
        for above, below in reversed(list(pairwise(order))):
            places[above] = min(places[above], places[below] - gap)
    return places
