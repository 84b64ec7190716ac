"""Signal tools: each a frozen value; a signal is its origin and a list of them.

    from hippo_studio.signals.tools import Band, Crop, apply_tools, parse_tool
    signal = Crop(1.0, 3.0).apply(signal)
    signal = apply_tools(signal, [Crop(1.0, 3.0), parse_tool("band(1, 40)")])

A new tool is one class, and one line in `registry.TOOLS`.
"""

from hippo_studio.signals.tools.chain import Step, in_use, shift_of, steps_from_plain
from hippo_studio.signals.tools.choosing import Channels, Crop
from hippo_studio.signals.tools.levels import Detrend, Noise, Normalize
from hippo_studio.signals.tools.rates import Band, Resample
from hippo_studio.signals.tools.registry import TOOLS, apply_tools, from_plain, parse_tool, usage
from hippo_studio.signals.tools.tool import Tool

__all__ = [
    "TOOLS",
    "Band",
    "Channels",
    "Crop",
    "Detrend",
    "Noise",
    "Normalize",
    "Resample",
    "Step",
    "Tool",
    "apply_tools",
    "from_plain",
    "in_use",
    "parse_tool",
    "shift_of",
    "steps_from_plain",
    "usage",
]
