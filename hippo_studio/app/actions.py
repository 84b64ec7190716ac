"""One table of everything that can be done with a key, a menu or the palette.

The table feeds the QActions, the tooltips (with the key in them), the help sheet and the command palette.
A tab gives an action its meaning with `ActionTable.connect`; until then it is disabled and not listed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QApplication, QWidget

from hippo_studio.app.keyboard import keeps, kind_of_focus
from hippo_studio.app.theme import Theme


@dataclass(frozen=True)
class Action:
    """One line of the table: what it is called, how it is reached, what it does."""

    id: str
    text: str
    keys: tuple[str, ...]
    tip: str
    group: str
    icon: str | None = None
    checkable: bool = False
    repeats: bool = True


GROUPS = ("File", "Edit", "Play", "Sound", "Memory", "Tools", "Train", "Export", "View", "Help")

ACTIONS: tuple[Action, ...] = (
    Action("open", "Open…", ("Ctrl+O",), "Open recordings or tables", "File", "open"),
    Action(
        "open_folder", "Open Folder…", ("Ctrl+Shift+O",), "Open every signal in a folder", "File", "folder"
    ),
    Action(
        "import_table",
        "Import Table…",
        ("Ctrl+Shift+I",),
        "Look at a table, and say how it is read, before it is opened",
        "File",
    ),
    Action(
        "paste",
        "Open From Clipboard",
        ("Ctrl+V",),
        "Open the files, or the numbers, in the clipboard",
        "File",
    ),
    Action(
        "record",
        "Record",
        ("Ctrl+R",),
        "Record the microphone",
        "File",
        "record",
        checkable=True,
        repeats=False,
    ),
    Action(
        "pause_recording",
        "Pause Recording",
        ("Ctrl+Shift+R",),
        "Leave out what comes, or go on",
        "File",
        "pause",
        checkable=True,
        repeats=False,
    ),
    Action(
        "microphone",
        "Microphone",
        ("Ctrl+M",),
        "Choose the microphone and see its level before recording",
        "File",
        "microphone",
        checkable=True,
        repeats=False,
    ),
    Action("open_session", "Open Session…", (), "Show again what was saved as a session", "File", "open"),
    Action("last_session", "Reopen Last Session", (), "Show again what was on screen at the end", "File"),
    Action("save_session", "Save Session", ("Ctrl+S",), "Save all that is on screen in one file", "File"),
    Action("save_session_as", "Save Session As…", ("Ctrl+Shift+S",), "Save it under another name", "File"),
    Action(
        "save_recording", "Save Recording…", ("Ctrl+Alt+S",), "Save the recording shown as a file", "File"
    ),
    Action(
        "open_stream",
        "Open Live Stream…",
        ("Ctrl+L",),
        "Follow what a sensor or program sends: UDP, TCP, serial port, pipe, LSL",
        "File",
        "signal",
    ),
    Action(
        "pause_stream",
        "Pause Stream",
        ("Ctrl+Shift+L",),
        "Leave out what comes, or go on",
        "File",
        "pause",
        checkable=True,
        repeats=False,
    ),
    Action("stop_stream", "Stop Stream", (), "End the stream; it becomes a signal", "File", "stop"),
    Action("generate", "Generate…", ("Ctrl+G",), "Make a signal from a formula", "File", "generate"),
    Action("sample_rate", "Sample Rate…", (), "Say how many samples per second a file has", "File"),
    Action("close_signal", "Close Signal", ("Ctrl+W",), "Take the current signal off the list", "File"),
    Action("previous_signal", "Previous Signal", ("PgUp",), "Show the signal above in the list", "File"),
    Action("next_signal", "Next Signal", ("PgDown",), "Show the signal below in the list", "File"),
    Action("quit", "Quit", ("Ctrl+Q",), "Close the studio", "File"),
    Action("undo", "Undo", ("Ctrl+Z",), "Take back what was done last", "Edit"),
    Action("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do again what was taken back", "Edit"),
    Action("copy_setup", "Copy Set-up", (), "Copy all that is on screen as one line, seed included", "Edit"),
    Action("paste_setup", "Paste Set-up…", (), "Show what such a line says", "Edit"),
    Action("play", "Play", ("Space",), "Play or pause", "Play", "play", repeats=False),
    Action("step_back", "Step Back", ("Left",), "One frame back", "Play", "step-back"),
    Action("step_forward", "Step Forward", ("Right",), "One frame on", "Play", "step-forward"),
    Action("jump_back", "Jump Back", ("Shift+Left",), "A tenth of the view back", "Play"),
    Action("jump_forward", "Jump Forward", ("Shift+Right",), "A tenth of the view on", "Play"),
    Action("go_start", "Go to Start", ("Home",), "Playhead to the start", "Play", "go-start"),
    Action("go_end", "Go to End", ("End",), "Playhead to the end", "Play", "go-end"),
    Action("loop", "Loop", ("L",), "Start again at the end", "Play", "loop", checkable=True, repeats=False),
    Action("slower", "Slower", ("[",), "Play more slowly", "Play"),
    Action("faster", "Faster", ("]",), "Play faster", "Play"),
    Action("speed_normal", "Normal Speed", ("\\",), "Play at 1×", "Play"),
    Action(
        "mute", "Mute", ("M",), "Silence, or sound again", "Sound", "sound", checkable=True, repeats=False
    ),
    Action("louder", "Louder", ("Shift+Up",), "Play louder", "Sound"),
    Action("quieter", "Quieter", ("Shift+Down",), "Play more quietly", "Sound"),
    Action("hear_original", "Hear the Original", ("Alt+0",), "Play the signal itself", "Sound"),
    Action("hear_1", "Hear Measure 1", ("Alt+1",), "Play what the first measure holds", "Sound"),
    Action("hear_2", "Hear Measure 2", ("Alt+2",), "Play what the second measure holds", "Sound"),
    Action("hear_3", "Hear Measure 3", ("Alt+3",), "Play what the third measure holds", "Sound"),
    Action("hear_4", "Hear Measure 4", ("Alt+4",), "Play what the fourth measure holds", "Sound"),
    Action("hear_5", "Hear Measure 5", ("Alt+5",), "Play what the fifth measure holds", "Sound"),
    Action("hear_other", "Original or Memory", ("A",), "From the original to the memory and back", "Sound"),
    Action(
        "hear_window",
        "Hear the Window",
        ("H",),
        "Hear the last θ seconds as they are held now, over and over",
        "Sound",
        "loop",
        checkable=True,
        repeats=False,
    ),
    Action("measure_1", "Measure 1", ("1",), "Show or hide the first measure", "Memory"),
    Action("measure_2", "Measure 2", ("2",), "Show or hide the second measure", "Memory"),
    Action("measure_3", "Measure 3", ("3",), "Show or hide the third measure", "Memory"),
    Action("measure_4", "Measure 4", ("4",), "Show or hide the fourth measure", "Memory"),
    Action("measure_5", "Measure 5", ("5",), "Show or hide the fifth measure", "Memory"),
    Action("order_up", "Higher Order N", ("Up",), "More coefficients", "Memory"),
    Action("order_down", "Lower Order N", ("Down",), "Fewer coefficients", "Memory"),
    Action("theta_up", "Longer Window θ", ("Ctrl+Up",), "Remember a longer past", "Memory"),
    Action("theta_down", "Shorter Window θ", ("Ctrl+Down",), "Remember a shorter past", "Memory"),
    Action("optimum", "Best Possible", ("B",), "Show or hide the best that N coefficients can do", "Memory"),
    Action("tool_crop", "Crop…", (), "Keep a stretch of time", "Tools"),
    Action("tool_channels", "Choose Channels…", (), "Keep some channels, in an order of your own", "Tools"),
    Action("tool_resample", "Resample…", (), "Give the signal another sample rate, without aliases", "Tools"),
    Action("tool_detrend", "Detrend", (), "Take off the mean, or the line that fits best", "Tools"),
    Action(
        "tool_normalize", "Normalize", (), "Bring the largest value, or the deviation, to a size", "Tools"
    ),
    Action("tool_band", "Band-Limit…", (), "Keep a band of frequencies, without delay", "Tools"),
    Action("tool_noise", "Add Noise…", (), "Add white noise at a signal-to-noise ratio", "Tools"),
    Action("script", "Show the Python", ("Ctrl+Shift+K",), "What you do, as Python to copy or save", "Tools"),
    Action(
        "label",
        "Label by Dragging",
        ("Shift+L",),
        "Drag over a stretch of the signal to label it; drag its edges to change it",
        "Tools",
        checkable=True,
        repeats=False,
    ),
    Action("delete_label", "Delete Label", ("Del",), "Delete the chosen label", "Tools"),
    Action(
        "save_labels", "Save Labels", (), "Write the labels into a table beside the signal's file", "Tools"
    ),
    Action("train_start", "Train", ("Ctrl+Return",), "Fit the model to the data", "Train", repeats=False),
    Action(
        "train_pause",
        "Pause Training",
        ("P",),
        "Rest after this batch, or go on",
        "Train",
        "pause",
        repeats=False,
    ),
    Action(
        "use_model",
        "Follow the Signal",
        ("Ctrl+U",),
        "Let the trained model tell what it hears, under the past",
        "Train",
        checkable=True,
        repeats=False,
    ),
    Action(
        "train_baseline",
        "Fit the Baseline",
        (),
        "Fit MiniRocket's random convolutions to the same data: what a model has to beat",
        "Train",
        repeats=False,
    ),
    Action(
        "train_regions",
        "Train on Labels",
        (),
        "Take the labelled stretches of the current signal, as it is seen, as data, and show the Train tab",
        "Train",
        "signal",
    ),
    Action("train_step", "Train One Batch", ("Ctrl+B",), "Do one batch, and rest", "Train", "step-forward"),
    Action(
        "export_coefficients",
        "Coefficients at the Playhead…",
        ("Ctrl+E",),
        "Save the coefficients of this moment",
        "Export",
        "export",
    ),
    Action(
        "export_trajectory",
        "Coefficients Over Time…",
        ("Ctrl+Shift+E",),
        "Save the coefficients of the whole signal",
        "Export",
    ),
    Action(
        "export_reconstruction",
        "Reconstruction as WAV…",
        ("Ctrl+Alt+E",),
        "Save what a memory remembers, as sound",
        "Export",
    ),
    Action(
        "export_heard",
        "Signal Through a Memory as WAV…",
        (),
        "Save the whole signal as each memory shown tells it, at the age that is heard",
        "Export",
    ),
    Action("export_model", "Trained Model…", (), "Save the model of the run shown", "Export"),
    Action("export_kernels", "Learned Kernels…", (), "Save kernels and spectra of the run shown", "Export"),
    Action("export_report", "Training Report…", (), "Save the run shown as one page", "Export"),
    Action(
        "export_animation",
        "Animation…",
        ("Ctrl+Alt+M",),
        "Save the live view as a moving picture, MP4 or GIF",
        "Export",
    ),
    Action("export_plot", "Plot as Image…", ("Ctrl+Shift+P",), "Save a plot as PNG, SVG or PDF", "Export"),
    Action("tab_memory", "Memory Tab", ("Ctrl+1",), "Watch memories remember a signal", "View"),
    Action("tab_train", "Train Tab", ("Ctrl+2",), "Fit a classifier, and watch it learn", "View"),
    Action("reset_view", "Reset View", ("R",), "Show the plots as at the start", "View"),
    Action("theme_switch", "Switch Theme", ("Ctrl+T",), "From light to dark and back", "View", "theme"),
    Action("theme_system", "System Theme", (), "Follow the system's light or dark", "View"),
    Action("theme_light", "Light Theme", (), "Dark on light", "View"),
    Action("theme_dark", "Dark Theme", (), "Light on dark", "View"),
    Action("full_screen", "Full Screen", ("F11",), "Fill the screen, or go back", "View", checkable=True),
    Action("reset_layout", "Reset Layout", (), "Put every panel back in its place", "View"),
    Action("palette", "Find a Command…", ("Ctrl+K",), "Do anything by name", "Help", "search"),
    Action("help", "Keys and Help", ("F1", "?"), "All keys on one sheet", "Help", "help"),
    Action("about", "About HiPPO Studio", (), "Version, licence, where the log lies", "Help"),
)


class ActionTable(QObject):
    """The QActions of the table, owned by one window.

    `actions["play"]` is the QAction for menus and tool buttons; `connect("play", slot)` gives it its meaning.
    A later connect replaces the slot. `connected` fires when an action got or lost its meaning.
    """

    connected = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines = {line.id: line for line in ACTIONS}
        self._tips = {line.id: line.tip for line in ACTIONS}
        self._slots: dict[str, Callable[..., object]] = {}
        self._actions = {line.id: self._make(line, theme) for line in ACTIONS}

    def __getitem__(self, id: str) -> QAction:
        try:
            return self._actions[id]
        except KeyError:
            raise ValueError(
                f"there is no action {id!r}; the table is in hippo_studio/app/actions.py"
            ) from None

    def __iter__(self) -> Iterator[Action]:
        return iter(self._lines.values())

    def is_connected(self, id: str) -> bool:
        """Whether the action means something now."""
        return id in self._slots

    def connect(self, id: str, slot: Callable[..., object]) -> None:
        """Give an action its meaning: `slot()`, or `slot(checked)` if it asks for an argument."""
        action = self[id]
        self._slots[id] = slot if _takes_checked(slot) else lambda _checked: slot()
        action.setEnabled(True)
        action.setVisible(True)
        self.connected.emit(id)

    def disconnect_all(self, *ids: str) -> None:
        """Take the meaning of these actions away, as a closing tab must."""
        for id in ids:
            self._slots.pop(id, None)
            self[id].setEnabled(False)
            self[id].setVisible(False)
            self.connected.emit(id)

    def set_text(self, id: str, text: str, tip: str | None = None) -> None:
        """Reword an action, such as Play that becomes Pause, or a measure that gets its name."""
        action = self[id]
        action.setText(text)
        self._tips[id] = tip or self._tips[id]
        action.setToolTip(tooltip(self._tips[id], self.keys(id)))

    def tip(self, id: str) -> str:
        """What an action does, in a sentence."""
        return self._tips[id]

    def keys(self, id: str) -> list[QKeySequence]:
        """The keys of an action."""
        return [QKeySequence(key) for key in self._lines[id].keys]

    def attach(self, window: QWidget) -> None:
        """Let every key work in this window, except where the widget with the focus needs it itself."""
        for action in self._actions.values():
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            window.addAction(action)
        QApplication.instance().focusChanged.connect(self._yield_keys)

    def _yield_keys(self, _old: QWidget | None, new: QWidget | None) -> None:
        kind = kind_of_focus(new)
        for id, line in self._lines.items():
            keys = [QKeySequence(key) for key in line.keys if not keeps(kind, key)]
            if keys != self._actions[id].shortcuts():
                self._actions[id].setShortcuts(keys)

    def _make(self, line: Action, theme: Theme) -> QAction:
        action = QAction(line.text, self)
        action.setObjectName(line.id)
        action.setShortcuts(self.keys(line.id))
        action.setToolTip(tooltip(line.tip, self.keys(line.id)))
        action.setAutoRepeat(line.repeats)
        action.setCheckable(line.checkable)
        if line.icon:
            action.setIcon(theme.icon(line.icon))
        action.setEnabled(False)
        action.setVisible(False)
        action.triggered.connect(lambda checked, id=line.id: self._run(id, checked))
        return action

    def _run(self, id: str, checked: bool) -> None:
        if slot := self._slots.get(id):
            slot(checked)


def tooltip(tip: str, keys: list[QKeySequence]) -> str:
    """What hovering shows: the sentence, and the keys as this system writes them."""
    names = " or ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys)
    return f"{tip}  ({names})" if names else tip


def _takes_checked(slot: Callable[..., object]) -> bool:
    try:
        parameters = inspect.signature(slot).parameters.values()
    except ValueError:  # a method of Qt itself, such as QWidget.close
        return False
    return any(one.default is one.empty and one.kind is not one.VAR_KEYWORD for one in parameters)
