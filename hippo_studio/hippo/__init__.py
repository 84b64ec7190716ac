"""The mathematics of online memory: measures, discretization, the memory itself, and its definition.

Numbers in, numbers out: this room knows neither files nor windows, and imports numpy alone until a
computation needs more.
"""

from hippo_studio.hippo.discretization import METHODS, Method, discretize, discretized_eigenvalues, get_method
from hippo_studio.hippo.gates import MAX_ORDER, MemoryWarning
from hippo_studio.hippo.health import Health
from hippo_studio.hippo.measure import Measure, Transition
from hippo_studio.hippo.measures import MEASURES, get_measure, transition
from hippo_studio.hippo.memory import OnlineMemory
from hippo_studio.hippo.projection import project
from hippo_studio.hippo.settings import MemorySettings

__all__ = [
    "MAX_ORDER",
    "MEASURES",
    "METHODS",
    "Health",
    "Measure",
    "MemorySettings",
    "MemoryWarning",
    "Method",
    "OnlineMemory",
    "Transition",
    "discretize",
    "discretized_eigenvalues",
    "get_measure",
    "get_method",
    "project",
    "transition",
]
