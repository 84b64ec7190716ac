"""The mathematics of online memory: measures, discretization, the memory itself, and its definition.

Numbers in, numbers out: this room knows neither files nor windows, and imports numpy alone until a
computation needs more.
"""

from hippo_studio.hippo.discretization import METHODS, Method, discretize, discretized_eigenvalues, get_method
from hippo_studio.hippo.gates import MAX_ORDER, MemoryWarning
from hippo_studio.hippo.measures import MEASURES, Measure, Transition, get_measure, transition

__all__ = [
    "MAX_ORDER",
    "MEASURES",
    "METHODS",
    "Measure",
    "MemoryWarning",
    "Method",
    "Transition",
    "discretize",
    "discretized_eigenvalues",
    "get_measure",
    "get_method",
    "transition",
]
