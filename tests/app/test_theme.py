"""The theme: what follows a switch, and icons that are sharp at every scale."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QColor, QFont, QIcon, QPalette
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hippo_studio.app.actions import ACTIONS
from hippo_studio.app.colors import DARK, LIGHT
from hippo_studio.app.icons import icon_source, picture_icon, tinted
from hippo_studio.app.theme import Theme, tabular

NAMES = sorted(
    entry.name.removesuffix(".svg")
    for entry in (resources.files("hippo_studio_resources") / "icons").iterdir()
    if entry.name.endswith(".svg")
)
LINE_ICONS = [name for name in NAMES if name != "hippo-studio"]


def test_switching_tells_after_the_palette_is_set(theme: Theme, qtbot: QtBot) -> None:
    seen: list[tuple[str, str]] = []
    theme.changed.connect(
        lambda: seen.append((theme.colors.background, QApplication.palette().window().color().name()))
    )
    theme.set_mode("dark")
    theme.set_mode("light")
    assert seen == [(DARK.background,) * 2, (LIGHT.background,) * 2]


def test_measures_keep_their_colour_in_each_theme(theme: Theme) -> None:
    assert theme.measure_color("legs") == LIGHT.measures["legs"]
    theme.set_mode("dark")
    assert theme.measure_color("legs") == DARK.measures["legs"]
    assert theme.measure_color("unheard of") == DARK.text


def test_the_system_theme_follows_the_system(theme: Theme) -> None:
    theme.set_mode("system")
    hints = QApplication.styleHints()
    dark = hints.colorScheme() == Qt.ColorScheme.Dark
    assert theme.colors is (DARK if dark else LIGHT)


def test_an_unknown_mode_is_refused(theme: Theme) -> None:
    with pytest.raises(ValueError, match="received 'sepia'"):
        theme.set_mode("sepia")


def test_a_released_theme_hears_the_system_no_more(qapp: QApplication) -> None:
    theme = Theme("system")
    theme.release()
    theme.changed.connect(lambda: pytest.fail("released"))
    QApplication.styleHints().setColorScheme(Qt.ColorScheme.Dark)
    QApplication.styleHints().setColorScheme(Qt.ColorScheme.Light)
    theme.deleteLater()


def test_selected_text_is_readable(theme: Theme) -> None:
    palette = QApplication.palette()
    assert palette.color(QPalette.ColorRole.Highlight) == QColor(LIGHT.accent)
    assert palette.color(QPalette.ColorRole.HighlightedText) == QColor(LIGHT.on_accent)


@pytest.mark.parametrize("name", LINE_ICONS)
def test_icons_have_no_colour_of_their_own(name: str) -> None:
    source = icon_source(name)
    assert "currentColor" in source
    assert not re.search(r"#[0-9a-fA-F]{3}|rgb|style=", source)
    assert 'viewBox="0 0 24 24"' in source


@pytest.mark.parametrize("side", [16, 24, 33, 96])
def test_icons_are_drawn_at_the_size_asked_for(theme: Theme, side: int) -> None:
    picture = theme.icon("play").pixmap(QSize(side, side))
    assert picture.size() == QSize(side, side)
    image = picture.toImage()
    assert image.pixelColor(side // 2, side // 2) == QColor(LIGHT.text)
    assert image.pixelColor(0, 0).alpha() == 0


def test_icons_follow_the_theme_by_themselves(theme: Theme) -> None:
    icon = theme.icon("play")

    def middle(mode: QIcon.Mode = QIcon.Mode.Normal, state: QIcon.State = QIcon.State.Off) -> str:
        return icon.pixmap(QSize(32, 32), mode, state).toImage().pixelColor(16, 16).name()

    assert middle() == LIGHT.text
    assert middle(state=QIcon.State.On) == LIGHT.accent
    assert middle(QIcon.Mode.Disabled) not in (LIGHT.text, LIGHT.accent)
    theme.set_mode("dark")
    assert middle() == DARK.text


def test_icons_outlive_the_call_that_made_them(theme: Theme) -> None:
    icon = QIcon(theme.icon("open"))
    copies = [QIcon(icon) for _ in range(20)]
    assert all(not copy.pixmap(QSize(24, 24)).isNull() for copy in copies)


def test_tinted_icons_have_device_pixels(qapp: QApplication) -> None:
    picture = tinted("warning", "#ff0000", 20, 2.0)
    assert (picture.width(), picture.devicePixelRatio()) == (40, 2.0)


def test_every_action_has_the_icon_it_names() -> None:
    for line in ACTIONS:
        assert line.icon is None or line.icon in LINE_ICONS, line.id


def test_a_missing_icon_is_named() -> None:
    with pytest.raises(ValueError, match="no icon 'unicorn'"):
        icon_source("unicorn")


def test_the_studio_has_a_sign(qapp: QApplication) -> None:
    image = picture_icon("hippo-studio").pixmap(QSize(64, 64)).toImage()
    assert image.pixelColor(32, 10).alpha() == 255
    assert image.pixelColor(0, 0).alpha() == 0


def test_moving_numbers_are_set_in_figures_of_one_width(qapp: QApplication) -> None:
    assert tabular(QFont()).featureValue(QFont.Tag("tnum")) == 1
