"""What the keys and menus of Play and Memory do, as small functions over the transport and the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hippo_studio.app.actions import ActionTable
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.stepping import next_order, scaled_theta, step_samples, stepped_speed
from hippo_studio.app.transport import Transport
from hippo_studio.hippo import MEASURES


class Tab(Protocol):
    """What commands need of the tab."""

    state: MemoryState
    transport: Transport

    def change(self, **changes: object) -> None:
        """Replace fields of the state."""

    def visible_length(self) -> float:
        """Seconds of signal shown."""

    def reset_view(self) -> None:
        """Show the plots as at the start."""


def connect(actions: ActionTable, tab: Tab) -> tuple[str, ...]:
    """Give the actions of Play and Memory their meaning; returns their names."""
    transport = tab.transport

    def step(direction: int) -> None:
        transport.step(direction * step_samples(transport.sample_rate, tab.visible_length()))

    def jump(direction: int) -> None:
        transport.seek_seconds(transport.seconds + direction * tab.visible_length() / 10)

    def set_loop(on: bool) -> None:
        transport.loop = on

    def speed(direction: int) -> None:
        transport.speed = stepped_speed(transport.speed, direction)

    slots: dict[str, Callable[..., None]] = {
        "play": lambda: transport.toggle(),
        "step_back": lambda: step(-1),
        "step_forward": lambda: step(1),
        "jump_back": lambda: jump(-1),
        "jump_forward": lambda: jump(1),
        "go_start": lambda: transport.seek(0),
        "go_end": lambda: transport.seek(transport.samples),
        "loop": set_loop,
        "slower": lambda: speed(-1),
        "faster": lambda: speed(1),
        "speed_normal": lambda: speed(0),
        "order_up": lambda: tab.change(order=next_order(tab.state.order, 1)),
        "order_down": lambda: tab.change(order=next_order(tab.state.order, -1)),
        "theta_up": lambda: tab.change(theta=scaled_theta(tab.state.theta, 1)),
        "theta_down": lambda: tab.change(theta=scaled_theta(tab.state.theta, -1)),
        "optimum": lambda: tab.change(optimum=not tab.state.optimum),
        "reset_view": tab.reset_view,
    }
    for index, measure in enumerate(MEASURES.values(), 1):
        id = f"measure_{index}"
        slots[id] = lambda name=measure.name: tab.change(measures=tab.state.toggled(name).measures)
        actions.set_text(id, measure.title, f"Show or hide {measure.title}: {measure.summary}")
    for id, slot in slots.items():
        actions.connect(id, slot)
    return tuple(slots)
