"""Plots of the studio: a few items over pyqtgraph, which nothing else in the app touches."""

from hippo_studio.app.widgets.plots.canvas import Canvas
from hippo_studio.app.widgets.plots.cells import Cells
from hippo_studio.app.widgets.plots.heat import HeatMap, HeatStrip
from hippo_studio.app.widgets.plots.item import Item
from hippo_studio.app.widgets.plots.items import Caption, Dots, Line, Veil
from hippo_studio.app.widgets.plots.layers import Bars, Hill, Layer
from hippo_studio.app.widgets.plots.marks import Marks
from hippo_studio.app.widgets.plots.plane import EigenvaluePlane
from hippo_studio.app.widgets.plots.plot import Plot

__all__ = [
    "Bars",
    "Canvas",
    "Caption",
    "Cells",
    "Dots",
    "EigenvaluePlane",
    "HeatMap",
    "HeatStrip",
    "Hill",
    "Item",
    "Layer",
    "Line",
    "Marks",
    "Plot",
    "Veil",
]
