"""What is done to labelled regions, as functions of tuples of them. Free of Qt.

Regions are kept on the clock of the untouched signal, so that a crop moves none; `shown` and `kept` lead from
that clock to the one on screen and back.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace

from hippo_studio.app.colors import Colors, mix
from hippo_studio.session import SignalEntry
from hippo_studio.signals import Region

Regions = tuple[Region, ...]
_GOLDEN = 0.618034  # of a turn: neighbours in the list of labels get colours far apart


@dataclass(frozen=True)
class Grip:
    """What the mouse has hold of: a region's `edge` ("start" or "end"), or the region ("")."""

    index: int
    edge: str = ""


def regions_of(entry: SignalEntry) -> Regions:
    """The regions of a line of the list, ascending."""
    return tuple(sorted(Region(*one) for one in entry.regions))


def entry_with(entry: SignalEntry, regions: Regions) -> SignalEntry:
    """The entry with these regions."""
    return replace(entry, regions=tuple((one.start, one.end, one.label) for one in sorted(regions)))


def grip_at(regions: Regions, time: float, reach: float) -> Grip | None:
    """What lies at a time: an edge within `reach`, else the shortest region around it."""
    edges = [
        (abs(place - time), Grip(index, edge))
        for index, one in enumerate(regions)
        for edge, place in (("start", one.start), ("end", one.end))
        if abs(place - time) <= reach
    ]
    if edges:
        return min(edges, key=lambda entry: entry[0])[1]
    around = [(one.end - one.start, i) for i, one in enumerate(regions) if one.start <= time <= one.end]
    return Grip(min(around)[1]) if around else None


def with_edge(region: Region, edge: str, time: float, duration: float) -> Region:
    """The region with one edge moved to a time within the signal; an edge that passes the other turns it."""
    other = region.end if edge == "start" else region.start
    time = min(max(time, 0.0), duration)
    if time == other:
        return region
    return Region(min(time, other), max(time, other), region.label)


def name_ground(color: str, colors: Colors) -> str:
    """What the name of a label of that colour stands on, above the signal."""
    return mix(colors.surface, color, 0.35)


def label_color(label: str, labels: list[str], colors: Colors) -> str:
    """The colour of a label among all labels, by its place, `#rrggbb`."""
    hue = (0.11 + labels.index(label) * _GOLDEN) % 1.0
    red, green, blue = colorsys.hls_to_rgb(hue, 0.68 if colors.dark else 0.38, 0.6)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
