"""The layers that the tests of state spaces go through, and their oracle: one dense step after the other."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from hippo_studio import hippo
from hippo_studio.ssm.choices import DIAGONAL_INITIALIZATIONS, DPLR_INITIALIZATIONS
from hippo_studio.ssm.h3 import H3, ShiftSSM
from hippo_studio.ssm.lssl import LSSL
from hippo_studio.ssm.mixer import Mixer
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D
from hippo_studio.ssm.state_space import StateSpace

Make = Callable[[], StateSpace]

LAYERS: dict[str, Make] = {
    **{f"s4d {name}": lambda name=name: S4D(2, 8, initialization=name) for name in DIAGONAL_INITIALIZATIONS},
    "s4d bilinear, shared, N = 64": lambda: S4D(4, 64, method="bilinear", n_ssm=2),
    "s4d band limit": lambda: S4D(2, 32, dt_min=0.1, dt_max=0.2, band_limit=0.5),
    **{f"s4 {name}": lambda name=name: S4(2, 8, initialization=name) for name in DPLR_INITIALIZATIONS},
    "s4 two copies, N = 64": lambda: S4(4, 64, n_ssm=2),
    "s4 N = 66": lambda: S4(2, 66, band_limit=0.8),
    "lssl odd": lambda: LSSL(4, 7, n_timescales=2),
    "lssl zoh, N = 64": lambda: LSSL(2, 64, method="zoh"),
    "lssl gbt": lambda: LSSL(2, 8, initialization="legt", method="gbt", alpha=0.8),
    "lssl fout": lambda: LSSL(2, 6, initialization="fout", method="zoh"),  # B never reaches one of its slots
    "lssl backward, learned": lambda: LSSL(
        4, 5, initialization="fout", method="backward", learn_transition=True, n_ssm=2
    ),
    "shift": lambda: ShiftSSM(2, 8),
    "shift odd": lambda: ShiftSSM(2, 5),
}
CAUSAL: dict[str, Callable[[], Mixer]] = {
    "s4d": LAYERS["s4d lin"],
    "s4": LAYERS["s4 legs"],
    "lssl": LAYERS["lssl odd"],
    "shift": LAYERS["shift"],
    "h3": lambda: H3(4, 8),
    "h3 heads": lambda: H3(4, 8, head_dim=2),
}
PRECISIONS = [(torch.float64, 1e-10), (torch.float32, 2e-5)]


def build(make: Callable[[], Mixer], dtype: torch.dtype = torch.float64) -> Mixer:
    torch.manual_seed(0)
    return make().to(dtype)


def layer_of(name: str, dtype: torch.dtype = torch.float64) -> StateSpace:
    layer = build(LAYERS[name], dtype)
    assert isinstance(layer, StateSpace)
    return layer


def discrete(layer: StateSpace, channel: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ā, B̄ and C of the continuous view, discretized by the room of the memories."""
    A, B, C, _, delta = layer.state_space(channel)
    return *hippo.discretize(A, B, delta, layer.method, getattr(layer, "alpha", 0.5)), C


def dense_kernel(layer: StateSpace, length: int) -> Tensor:
    """The oracle: one dense step after the other."""
    rows = []
    for channel in range(layer.d_model):
        A, x, C = discrete(layer, channel)
        row = []
        for _ in range(length):
            row.append(C @ x)
            x = A @ x
        rows.append(row)
    return torch.tensor(np.array(rows))


def signal(layer: Mixer, length: int, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(7)
    width = layer.d_model  # type: ignore[attr-defined]
    dtype = next(layer.parameters()).dtype
    return torch.randn(batch, length, width, generator=generator, dtype=torch.float64).to(dtype)


def apart(found: Tensor, wanted: Tensor) -> float:
    found, wanted = found.detach().double(), wanted.detach().double()
    return float((found - wanted).abs().max() / wanted.abs().max())


def stepped(layer: Mixer, u: Tensor) -> tuple[Tensor, object]:
    state, outputs = layer.initial_state(u.shape[0]), []
    for moment in u.unbind(1):
        y, state = layer.step(moment, state)
        outputs.append(y)
    return torch.stack(outputs, 1), state
