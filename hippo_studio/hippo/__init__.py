"""The mathematics of online memory: measures, discretization, the memory itself, and its definition.

Numbers in, numbers out: this room knows neither files nor windows, and imports numpy alone until a
computation needs more. Where to read on:

    what is remembered       measure, measures; below them polynomials, delay_poles
    how time is cut          discretization, stability
    the memory               memory; beside it settings, gates, snapshot, health, readout
    how fast it is pushed    updates, which chooses between
      time-invariant           blocks; below it krylov, block_steps, state_matrices, low_rank
      LegS, step by step       recurrence, wavefront
      LegS, exact              legs_exact, legs_tables
    every state of it        structured_steps, trajectories, legs_flow
    machine code             compiled, simd, row_tables
    the definition           projection
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
