"""Volume, mute and the device: one button in the toolbar, with a menu that the menu bar shows too."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget, QWidgetAction

from hippo_studio.app.services import Services
from hippo_studio.app.sound.playback import Playback
from hippo_studio.app.widgets.number import ScaledSlider
from hippo_studio.signals.capture import Device, outputs, what_is_behind

_SYSTEM = "The system's choice"
_STEP = 0.1


class Volume:
    """How loud, and whether at all; kept in the settings, and heard by the playback."""

    def __init__(self, playback: Playback, services: Services, shown: Callable[[], None]) -> None:
        self._playback, self._services, self._shown = playback, services, shown
        self.level = min(max(services.settings.value("sound", "volume", 0.8), 0.0), 1.0)
        self.muted = services.settings.value("sound", "muted", False)
        playback.use_device(services.settings.value("sound", "output", ""))
        services.actions.connect("mute", self.mute)
        services.actions.connect("louder", lambda: self.set_level(self.level + _STEP))
        services.actions.connect("quieter", lambda: self.set_level(self.level - _STEP))
        self._tell()

    def mute(self, on: bool) -> None:
        """Fall silent, or sound again; a device that failed is tried again."""
        self.muted = on
        if not on:
            self._playback.use_device(self._playback.device)
        self._tell()

    def set_level(self, level: float) -> None:
        """0 is silence, 1 as loud as the signal is."""
        self.level, self.muted = min(max(round(level, 3), 0.0), 1.0), False
        self._services.messages.status(f"Volume {100 * self.level:.0f} %")
        self._tell()

    def use_device(self, name: str) -> None:
        """Play there from now on."""
        self._services.settings.write("sound", output=name)
        self._playback.use_device(name)

    def _tell(self) -> None:
        self._playback.set_gain(0.0 if self.muted else self.level**2)  # the ear hears ratios
        self._services.settings.write("sound", volume=self.level, muted=self.muted)
        self._shown()


class VolumeButton(QToolButton):
    """Click to mute; the arrow opens volume and devices."""

    def __init__(self, playback: Playback, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playback, self._services = playback, services
        self.setObjectName("sound")
        self.setAccessibleName("Sound")
        self.setDefaultAction(services.actions["mute"])
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.volume = Volume(playback, services, self.refresh)
        self.setMenu(self._menu())
        playback.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show whether anything would be heard, and why not."""
        action, reason = self._services.actions["mute"], self._playback.silent_because
        volume = getattr(self, "volume", None)
        muted = volume is None or volume.muted
        action.setChecked(muted)
        icon = "muted" if muted or reason else "sound"
        if icon != self.property("icon name"):
            self.setProperty("icon name", icon)
            action.setIcon(self._services.theme.icon(icon))
        self._services.actions.set_text(
            "mute",
            "Sound On" if muted else "Mute",
            reason or ("Sound is muted" if muted else "Mute the sound"),
        )
        if volume is not None and hasattr(self, "slider"):
            self.slider.show_value(volume.level)

    def devices_menu(self, parent: QWidget) -> QMenu:
        """The output devices, as they are when it opens."""
        menu = QMenu("Sound &Output", parent)
        menu.aboutToShow.connect(lambda: self._look_for_devices(menu))
        return menu

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("sound menu")
        row = QWidget(menu)
        layout = QHBoxLayout(row)
        edge = self.fontMetrics().height() // 2
        layout.setContentsMargins(edge, edge // 2, edge, edge // 2)
        layout.addWidget(QLabel("Volume", row))
        self.slider = ScaledSlider(0.0, 1.0, logarithmic=False, parent=row)
        self.slider.setObjectName("volume")
        self.slider.setAccessibleName("Volume")
        self.slider.setFixedWidth(self.fontMetrics().averageCharWidth() * 20)
        self.slider.show_value(self.volume.level)
        self.slider.scaled_value_changed.connect(self.volume.set_level)
        layout.addWidget(self.slider)
        held = QWidgetAction(menu)
        held.setDefaultWidget(row)
        menu.addAction(held)
        menu.addAction(self._services.actions["mute"])
        menu.addMenu(self.devices_menu(menu))
        return menu

    def _look_for_devices(self, menu: QMenu) -> None:
        if menu.isEmpty():
            menu.addAction("Looking for devices …").setEnabled(False)

        def found(devices: tuple[Device, ...]) -> None:
            menu.clear()
            fill_devices(menu, devices, self._playback.device, self.volume.use_device)

        def missing(error: Exception) -> None:
            menu.clear()
            menu.addAction(str(error)).setEnabled(False)

        self._services.jobs.submit("speakers", lambda _: outputs(anew=True), done=found, failed=missing)


def fill_devices(menu: QMenu, devices: tuple[Device, ...], chosen: str, use: Callable[[str], None]) -> None:
    """A line per device, the chosen one marked; the first stands for whatever the system takes."""
    group = QActionGroup(menu)
    menu.setToolTipsVisible(True)
    names = list(dict.fromkeys(device.name for device in devices))
    if chosen and chosen not in names:
        names.append(chosen)
    for name in ("", *names):
        action = QAction((name or _SYSTEM).replace("&", "&&"), menu)
        action.setToolTip(what_is_behind(name or "default"))
        action.setCheckable(True)
        action.setChecked(name == chosen)
        action.setEnabled(not name or any(device.name == name for device in devices))
        action.triggered.connect(lambda _, name=name: use(name))
        group.addAction(action)
        menu.addAction(action)


__all__ = ["Volume", "VolumeButton", "fill_devices"]
