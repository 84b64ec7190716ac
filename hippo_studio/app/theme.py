"""Light, dark or as the system says: one place that knows every colour and font of the window."""

from __future__ import annotations

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette
from PyQt6.QtWidgets import QApplication

from hippo_studio.app.colors import DARK, LIGHT, Colors, mix
from hippo_studio.app.icons import IconEngine
from hippo_studio.app.options import THEMES

_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """The colours in force; `changed` fires after they were replaced, when the palette is already set."""

    changed = pyqtSignal()

    def __init__(self, mode: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = mode if mode in THEMES else "system"
        self._colors = LIGHT
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)
        self._apply()

    @property
    def mode(self) -> str:
        """What was asked for: system, light or dark."""
        return self._mode

    @property
    def colors(self) -> Colors:
        """The set in force."""
        return self._colors

    def set_mode(self, mode: str) -> None:
        """Switch to system, light or dark."""
        if mode not in THEMES:
            raise ValueError(f"theme must be one of {', '.join(THEMES)}; received {mode!r}")
        self._mode = mode
        self._apply()

    def measure_color(self, name: str) -> str:
        """The `#rrggbb` of a measure, the same in every view; a measure of no known name gets the text's."""
        return self._colors.measures.get(name, self._colors.text)

    def icon(self, name: str) -> QIcon:
        """An icon of resources/icons that follows the theme by itself."""
        return QIcon(IconEngine(name, self._icon_color))

    def release(self) -> None:
        """Let go of the application's signals, before this theme is dropped."""
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._follow_system)

    def _icon_color(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        colors = self._colors
        if mode == QIcon.Mode.Disabled:
            return mix(colors.text, colors.background, 0.65)
        if mode == QIcon.Mode.Selected:
            return colors.on_accent
        return colors.accent if state == QIcon.State.On else colors.text

    def _apply(self) -> None:
        hints = QGuiApplication.styleHints()
        if hints.colorScheme() != _SCHEMES[self._mode]:
            hints.setColorScheme(_SCHEMES[self._mode])
        dark = self._mode == "dark" or (self._mode == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
        self._colors = DARK if dark else LIGHT
        app = QApplication.instance()
        app.setPalette(palette(self._colors))
        app.setStyleSheet(style_rules(self._colors))
        self.changed.emit()

    def _follow_system(self) -> None:
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        if self._mode == "system" and dark != self._colors.dark:
            self._apply()


def palette(colors: Colors) -> QPalette:
    """The Qt palette of a set of colours."""
    roles = {
        QPalette.ColorRole.Window: colors.background,
        QPalette.ColorRole.WindowText: colors.text,
        QPalette.ColorRole.Base: colors.surface,
        QPalette.ColorRole.AlternateBase: mix(colors.surface, colors.background, 0.5),
        QPalette.ColorRole.Text: colors.text,
        QPalette.ColorRole.PlaceholderText: colors.muted,
        QPalette.ColorRole.Button: colors.raised,
        QPalette.ColorRole.ButtonText: colors.text,
        QPalette.ColorRole.BrightText: colors.error,
        QPalette.ColorRole.ToolTipBase: colors.raised,
        QPalette.ColorRole.ToolTipText: colors.text,
        QPalette.ColorRole.Highlight: colors.accent,
        QPalette.ColorRole.HighlightedText: colors.on_accent,
        QPalette.ColorRole.Accent: colors.accent,
        QPalette.ColorRole.Link: colors.accent,
        QPalette.ColorRole.LinkVisited: colors.accent,
        QPalette.ColorRole.Light: mix(colors.raised, "#ffffff", 0.15 if colors.dark else 0.6),
        QPalette.ColorRole.Midlight: mix(colors.raised, colors.border, 0.3),
        QPalette.ColorRole.Mid: colors.border,
        QPalette.ColorRole.Dark: mix(colors.border, "#000000", 0.2),
        QPalette.ColorRole.Shadow: mix(colors.border, "#000000", 0.6),
    }
    result = QPalette()
    for role, color in roles.items():
        result.setColor(role, QColor(color))
    faded = QColor(mix(colors.text, colors.background, 0.6))
    for role in (
        QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.PlaceholderText,
    ):  # fmt: skip
        result.setColor(QPalette.ColorGroup.Disabled, role, faded)
    return result


def style_rules(colors: Colors) -> str:
    """The few rules that Fusion and the palette leave open; lengths follow the font (em, ex)."""
    return f"""
    QToolTip {{ color: {colors.text}; background: {colors.raised}; border: 1px solid {colors.border};
               padding: 0.3em 0.5em; }}
    QMainWindow::separator {{ background: {colors.background}; width: 0.4em; height: 0.4em; }}
    QMainWindow::separator:hover {{ background: {colors.accent}; }}
    QToolBar {{ background: {colors.background}; border: none; padding: 0.2em; spacing: 0.2em; }}
    QStatusBar::item {{ border: none; }}
    """


def tabular(font: QFont) -> QFont:
    """The same font with figures of one width, for numbers that move."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result
