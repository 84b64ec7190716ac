"""Other runs beside the one that is shown: their curves, the layers of the first, what to call them. Free of
Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hippo_studio.app.train.extents import Scale
from hippo_studio.app.train.past_runs import film_of, reopened, scale_of
from hippo_studio.app.train.progress import Curve, Progress
from hippo_studio.app.train.wording import told_apart
from hippo_studio.learning.events import Started
from hippo_studio.learning.portrait import Portrait
from hippo_studio.learning.runs import Run


@dataclass(frozen=True, eq=False)
class Compared:
    """Another run's validation, to be drawn beside this one's."""

    name: str
    curve: Curve


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is drawn beside the run that is shown; by default nothing.

    Attributes
    ----------
    curves : of each run beside.
    frames, scale : the film of the first one, and what its samples are.
    name, own : what to call the first one, and the run that is shown; "" if none is.
    shown : the run to show instead of the one that is; None for that one.
    """

    curves: tuple[Compared, ...] = ()
    frames: tuple[Portrait, ...] = ()
    scale: Scale = field(default_factory=Scale)
    name: str = ""
    own: str = ""
    shown: Progress | None = None


def comparison(shown: Started | None, runs: Sequence[Run], *, free: bool = True) -> Comparison:
    """What to draw of these runs: one beside the run that is shown, several beside each other.

    Of several, the first one takes the place of the run that is shown, unless that is among them or the place
    is not `free`. Reads films, which may take a while.

    ValueError, one sentence, if there is no other run among them.
    """
    others = [run for run in runs if shown is None or run.folder != shown.folder]
    if runs and not others:
        raise ValueError(f"{runs[0].name} is the run that is shown; select another one to compare it with.")
    if not others:
        return Comparison()
    among = len(others) < len(runs)
    if not any(run.epochs for run in others):
        raise ValueError(f"{others[0].name} has no epochs, so there is no curve to compare with.")
    others = [run for run in others if run.epochs]
    instead = None
    if free and not among and len(others) > 1:
        instead = reopened(others.pop(0))
        shown = instead.started
    names = told_apart([shown.settings, *(run.config for run in others)]) if shown else None
    own = "" if shown is None else shown.folder.name
    names = names or (own, *(run.name for run in others))
    curves = tuple(Compared(name, _curve(run)) for name, run in zip(names[1:], others, strict=True))
    first = others[0]
    return Comparison(curves, film_of(first.folder).frames, scale_of(first), names[1], names[0], instead)


def _curve(run: Run) -> Curve:
    curve = Curve()
    for epoch in run.epochs:
        curve = curve.with_point(epoch.step, epoch.validation_loss, epoch.validation_score)
    return curve
