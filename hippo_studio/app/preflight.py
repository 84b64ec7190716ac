"""Can a window be opened at all? Asked before Qt is, because Qt answers by aborting. Free of Qt.

Each check returns a sentence for the person at the terminal, or nothing if all is well.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

PACKAGES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
"""The Debian package of each system library that Qt needs and its wheel does not bring."""


def platform_for(environment: Mapping[str, str], *, needs_display: bool) -> str:
    """The Qt platform to ask for: the user's choice, else offscreen where no display is needed or named.

    An empty string leaves the choice to Qt.
    """
    if chosen := environment.get("QT_QPA_PLATFORM"):
        return chosen
    if sys.platform != "linux" or environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return ""
    return "" if needs_display else "offscreen"


def obstacle(environment: Mapping[str, str]) -> str:
    """Why Qt would abort in this environment, in one sentence; empty if it would not."""
    if sys.platform != "linux":
        return ""
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if platform in ("", "xcb"):
        if environment.get("WAYLAND_DISPLAY") and not platform:
            return ""
        if not environment.get("DISPLAY"):
            return (
                "There is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are empty); "
                "run it in a desktop session, or use --screenshot, which needs none."
            )
        return _missing_library(_plugin("libqxcb.so")) or _unreachable(environment["DISPLAY"])
    if platform == "offscreen":
        return _missing_library(_plugin("libqoffscreen.so"))
    return ""


def missing_library_sentence(reason: str) -> str:
    """A sentence from what the loader says about a library that it could not load."""
    library = reason.partition(":")[0].strip()
    if "cannot open shared object file" not in reason:
        return f"Qt cannot be loaded here ({reason.strip()}); set the studio up anew: sh packaging/run.sh."
    package = PACKAGES.get(library)
    remedy = f"install it (on Debian and Ubuntu: sudo apt install {package})" if package else "install it"
    return f"Qt needs the system library {library}, which this machine lacks; {remedy}."


def _missing_library(plugin: Path | None) -> str:
    if plugin is None or not plugin.exists():
        return ""
    try:
        ctypes.CDLL(str(plugin), mode=os.RTLD_LAZY)
    except OSError as error:
        return missing_library_sentence(str(error))
    return ""


def _plugin(name: str) -> Path | None:
    spec = importlib.util.find_spec("PyQt6")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "Qt6" / "plugins" / "platforms" / name


def _unreachable(display: str) -> str:
    """Why an X display cannot be used; empty if it answers."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return missing_library_sentence(str(error))
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if failed:
        return (
            f"The display {display!r} does not answer; check DISPLAY, or use --screenshot "
            "with QT_QPA_PLATFORM=offscreen, which needs none."
        )
    return ""
