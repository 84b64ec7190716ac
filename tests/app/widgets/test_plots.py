"""The plots: pixels where the data says, ticks that read well, ranges that stand still."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QTransform
from pytestqt.qtbot import QtBot

from hippo_studio.app.colors import DARK, LIGHT
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import (
    Canvas,
    EigenvaluePlane,
    HeatMap,
    HeatStrip,
    Line,
    Plot,
    picture,
    raster,
    shades,
)
from hippo_studio.app.widgets.plots.items import Caption
from hippo_studio.app.widgets.plots.ticks import (
    SteadyRange,
    age_ticks,
    lane_ticks,
    nice_step,
    number_ticks,
    order_ticks,
    percent_log_ticks,
    strip_ticks,
    time_ticks,
)

# ---- ticks and ranges


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 20))
def test_ticks_lie_inside_the_range_and_are_few(low: float, span: float, most: int) -> None:
    high = low + span
    ticks = number_ticks(low, high, most)
    slack = 1e-5 * span + 1e-9
    assert len(ticks.values) <= most + 1
    assert all(low - slack <= value <= high + slack for value in ticks.values)
    assert len(ticks.labels) == len(ticks.values)


@pytest.mark.parametrize(
    ("ticker", "low", "high", "most", "labels"),
    [
        (number_ticks, -1.0, 1.0, 4, ("−1.0", "−0.5", "0.0", "0.5", "1.0")),
        (number_ticks, 0.0, 2e6, 2, ("0", "1e+06", "2e+06")),
        (time_ticks, 0.0, 10.0, 5, ("0 s", "2 s", "4 s", "6 s", "8 s", "10 s")),
        (time_ticks, 0.0, 600.0, 5, ("0:00", "2:00", "4:00", "6:00", "8:00", "10:00")),
        (time_ticks, 3590.0, 7300.0, 3, ("1:00:00", "1:30:00", "2:00:00")),
        (partial(time_ticks, begin=3590.0), 0.0, 3710.0, 3, ("1:00:00", "1:30:00", "2:00:00")),
        (time_ticks, 100.0, 100.4, 4, ("100.0 s", "100.1 s", "100.2 s", "100.3 s", "100.4 s")),
        (percent_log_ticks, -3.0, 0.3, 5, ("0.1 %", "1 %", "10 %", "100 %")),
        (order_ticks, -0.5, 63.5, 4, ("0", "16", "32", "48")),
        (order_ticks, -0.5, 0.5, 4, ("0",)),
    ],
)
def test_ticks_read_as_a_person_writes(ticker, low, high, most, labels) -> None:
    assert ticker(low, high, most).labels == labels


def test_ages_count_from_the_present() -> None:
    ticks = age_ticks(3.0, 5.5, 5, present=5.0)
    assert ticks.labels == ("−2.0 s", "−1.5 s", "−1.0 s", "−0.5 s", "now", "+0.5 s")
    assert ticks.values[4] == 5.0


def test_lanes_name_less_where_there_is_no_room() -> None:
    assert lane_ticks(2, 0.5, 0.9, 4).labels == ("0.5", "0", "0.5", "0")
    assert lane_ticks(2, 0.5, 0.9, 3).labels == ("0", "0")
    assert strip_ticks(1, 64, 0.0, 4).labels == ("n = 0", "63")
    assert len(strip_ticks(3, 64, 0.1, 2).labels) == 3


@given(st.floats(1e-9, 1e9))
def test_a_nice_step_is_the_next_of_one_two_five(rough: float) -> None:
    step = nice_step(rough)
    assert rough * (1 - 1e-6) <= step <= 2.5 * rough * (1 + 1e-6)
    mantissa = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
    assert round(mantissa, 6) in (1.0, 2.0, 5.0)


def test_a_steady_range_grows_at_once_and_shrinks_late() -> None:
    steady = SteadyRange(patience=3)
    assert steady.hold(0.9) == 1.0
    assert steady.hold(1.7) == 2.0
    assert [steady.hold(0.3), steady.hold(0.3), steady.hold(0.3)] == [2.0, 2.0, 0.5]
    assert [steady.hold(value) for value in (0.1, 0.45, 0.1, 0.1)] == [0.5] * 4
    assert steady.hold(math.nan) == 0.5
    steady.reset()
    assert steady.hold(0.1) == 0.2


# ---- rows of pixels


def coverage(pixels: np.ndarray) -> np.ndarray:
    return (pixels >> 24).astype(float) / 255


def test_a_span_covers_as_much_of_each_pixel_as_it_overlaps() -> None:
    pixels = np.zeros((10, 40), np.uint32)
    top, bottom = np.full(40, 2.25), np.full(40, 5.5)
    raster.paint_spans(pixels, top, bottom, (255, 0, 0), 1.0)
    np.testing.assert_allclose(coverage(pixels)[:, 17], [0, 0, 0.75, 1, 1, 0.5, 0, 0, 0, 0], atol=0.005)
    assert pixels[3, 0] == 0xFFFF0000


def test_spans_beyond_the_picture_and_gaps_are_left_out() -> None:
    pixels = np.zeros((4, 5), np.uint32)
    top = np.array([-50.0, 3.5, np.nan, 9.0, -9.0])
    bottom = np.array([1.0, 99.0, 2.0, 12.0, -2.0])
    raster.paint_spans(pixels, top, bottom, (0, 0, 255), 1.0)
    np.testing.assert_allclose(coverage(pixels)[:, 0], [1, 0, 0, 0])
    np.testing.assert_allclose(coverage(pixels)[:, 1], [0, 0, 0, 0.5], atol=0.005)
    assert not pixels[:, 2:].any()


def test_a_translucent_layer_mixes_with_what_lies_below() -> None:
    pixels = np.full((1, 16), 0xFFFFFFFF, np.uint32)
    raster.paint_spans(pixels, np.zeros(16), np.ones(16), (0, 0, 0), 0.5)
    assert (pixels[0, 0] & 255) in (127, 128)
    assert pixels[0, 0] >> 24 == 255


@pytest.mark.parametrize("alpha", [1.0, 0.4])
@pytest.mark.parametrize("columns", [1, 63, 130])
def test_spans_mix_as_each_pixel_by_itself_would(alpha: float, columns: int) -> None:
    rng = np.random.default_rng(columns)
    pixels = np.full((40, columns), 0xFF204060, np.uint32)
    top = rng.uniform(-5, 40, columns)
    bottom = top + rng.choice([0.0, 0.3, 1.0, 20.0], columns) * rng.uniform(0.5, 1.5, columns)
    top[rng.random(columns) < 0.1] = np.nan
    raster.paint_spans(pixels, top, bottom, (250, 10, 128), alpha)
    rows = np.arange(40)[:, None]
    cover = np.minimum(bottom, rows + 1.0) - np.maximum(top, rows)
    share = alpha * np.nan_to_num(np.clip(cover, 0.0, 1.0))
    for shift, under, over in ((16, 0x20, 250), (8, 0x40, 10), (0, 0x60, 128), (24, 255, 255)):
        found = (pixels >> shift & 255).astype(float)
        np.testing.assert_allclose(found, under + share * (over - under), atol=2.5)


def test_a_line_is_as_wide_as_it_says_whether_flat_or_steep() -> None:
    flat = raster.curve_spans(np.full(9, 5.0), 2.0)
    np.testing.assert_allclose(flat[1] - flat[0], 2.0)
    steep = raster.curve_spans(10.0 * np.arange(9), 2.0)
    across = (steep[1] - steep[0] - 10) / math.hypot(1, 10)
    np.testing.assert_allclose(across[1:-1], 2.0)


def test_a_curve_with_gaps_is_drawn_up_to_them() -> None:
    top, bottom = raster.curve_spans(np.array([np.nan, 1.0, 2.0, np.nan, 5.0]), 1.0)
    np.testing.assert_array_equal(np.isfinite(top), [False, True, True, False, True])
    assert bottom[4] - top[4] == 1.0


def test_neighbouring_columns_of_a_band_touch() -> None:
    low, high = np.array([1.0, 8.0, 3.0]), np.array([2.0, 9.0, 4.0])
    top, bottom = raster.band_spans(low, high, 1.0)
    assert all(top[i] <= bottom[i - 1] and bottom[i] >= top[i - 1] for i in (1, 2))


# ---- shades


@given(st.floats(-1, 1))
def test_shades_are_odd_and_find_what_is_small(value: float) -> None:
    one, other = (int(shades.indices(np.array([sign * value]), 1.0)[0]) - 128 for sign in (1, -1))
    assert one == -other
    if abs(value) >= 0.01:
        assert abs(one) >= 12


def test_shades_of_nothing_are_the_ground_in_both_themes() -> None:
    assert (shades.indices(np.zeros(3), 0.0) == 128).all()
    for colors in (LIGHT, DARK):
        table = shades.table(colors)
        assert len(table) == 256
        assert table[128] & 0xFFFFFF == int(colors.surface[1:], 16)


def test_fewer_rows_lose_no_peak() -> None:
    values = np.zeros((2, 100))
    values[0, 37], values[1, 99] = -3.0, 2.0
    reduced = shades.reduce_rows(values, 10)
    assert reduced.shape == (2, 10)
    assert reduced[0, 3] == -3.0
    assert reduced[1, 9] == 2.0
    assert shades.reduce_rows(values, 200) is values


# ---- items in a plot


@pytest.fixture
def plot(theme: Theme, qtbot: QtBot) -> Plot:
    raster.prepare()
    plot = Plot(theme, "a plot")
    qtbot.addWidget(plot)
    plot.resize(360, 240)
    plot.set_x(0, 10)
    plot.set_y(-1, 1)
    plot.show()
    return plot


def color_at(plot: Plot, x: float, y: float) -> QColor:
    picture = plot.grab().toImage()
    place = plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y)))
    return picture.pixelColor(place)


def test_a_curve_is_where_its_data_is_on_screen_and_as_lines(
    plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = plot.add(Canvas()).layer("#ff0000", width=4)
    x = np.linspace(0, 10, 21)
    layer.set_curve(x, np.where(x < 6, 0.5, np.nan))
    assert color_at(plot, 3, 0.5).red() > 200 > 100 > color_at(plot, 3, 0.5).green()
    assert color_at(plot, 8, 0.5).green() > 200
    assert color_at(plot, 3, 0.0).green() > 200
    layer.clear()
    assert color_at(plot, 3, 0.5).green() > 200
    monkeypatch.setattr(raster, "ready", lambda: False)
    layer.width = 1
    layer.set_curve(x, np.full(x.size, 0.5))
    column = [color_at(plot, 3, 0.5 + dy).green() for dy in np.linspace(-0.02, 0.02, 9)]
    assert min(column) < 60


def test_a_band_fills_from_low_to_high(plot: Plot) -> None:
    plot.add(Canvas()).layer("#0000ff").set_band(np.linspace(0, 10, 41), np.full(41, -0.5), np.full(41, 0.5))
    assert color_at(plot, 5, 0.0) == QColor("#0000ff")
    assert color_at(plot, 5, 0.8) != QColor("#0000ff")


@pytest.mark.parametrize("compiled", [True, False])
def test_bars_stand_on_their_base_and_show_their_sign(
    plot: Plot, monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    monkeypatch.setattr(raster, "ready", lambda: compiled)
    bars = plot.add(Canvas()).bars("#008000")
    bars.set_data(np.array([0.0, 0.8, -0.8, 0.1]))
    assert color_at(plot, 1, 0.4) == QColor("#008000")
    assert color_at(plot, 1, -0.4) != QColor("#008000")
    assert color_at(plot, 2, -0.4) == QColor("#008000")
    assert color_at(plot, 3, 0.4) != QColor("#008000")
    assert color_at(plot, 1.5, 0.4) != QColor("#008000")  # wide bars stand apart
    assert color_at(plot, 9, 0.0) == QColor("#008000")  # the base line
    bars.set_data(np.empty(0))
    assert color_at(plot, 1, 0.4) != QColor("#008000")


def test_of_bars_thinner_than_a_pixel_none_is_lost(plot: Plot) -> None:
    values = np.zeros(5000)
    values[2000] = 0.9
    plot.set_x(-0.5, 4999.5)
    plot.add(Canvas()).bars("#008000").set_data(values)
    picture = plot.grab().toImage()
    place = plot.mapFromScene(plot.box.mapViewToScene(QPointF(2000, 0.5)))
    near = [picture.pixelColor(place.x() + shift, place.y()) for shift in (-1, 0, 1)]
    assert QColor("#008000") in near


@pytest.mark.parametrize("compiled", [True, False])
def test_shading_stands_on_the_bottom(plot: Plot, monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    monkeypatch.setattr(raster, "ready", lambda: compiled)
    hill = plot.add(Canvas()).hill("#ff0000")
    hill.set_data(np.linspace(0, 5, 11), np.ones(11))
    inside, outside = color_at(plot, 2.2, -0.9), color_at(plot, 7.2, -0.9)
    assert inside != outside
    assert color_at(plot, 2.2, 0.9) == color_at(plot, 7.2, 0.9)
    hill.clear()
    assert color_at(plot, 2.2, -0.9) == outside


def test_a_line_moves_and_hides(plot: Plot) -> None:
    line = plot.add(Line("#ff00ff"))
    line.set_at(4.1)
    picture = plot.grab().toImage()
    reds = [x for x in range(picture.width()) if picture.pixelColor(x, 60) == QColor("#ff00ff")]
    place = plot.mapFromScene(plot.box.mapViewToScene(QPointF(4.1, 0)))
    assert len(reds) == 1
    assert abs(reds[0] - place.x()) <= 1
    line.set_at(None)
    picture = plot.grab().toImage()
    assert not [x for x in range(picture.width()) if picture.pixelColor(x, 60) == QColor("#ff00ff")]


def test_a_picture_has_no_cursor_and_the_labels_that_another_plot_writes_on_screen(
    qtbot: QtBot, theme: Theme
) -> None:
    above = Plot(theme, "Above", x_labels=False)
    qtbot.addWidget(above)
    above.resize(300, 120)
    above.set_x(0, 10)
    above.set_y(-1, 1)
    above.show()
    plain = svg(above)
    above.set_cursor(3.0)
    assert svg(above) == plain
    assert all(f">{label}<" in plain for label in ("0", "5", "10"))
    assert above.cursor_line.visible
    assert above.x_axis.height() == 2, "on screen it takes no room"


def svg(plot: Plot) -> str:
    return picture.draw(plot, ".svg").decode()


def test_a_heat_strip_fills_from_the_left_and_keeps_signs(plot: Plot, theme: Theme) -> None:
    strip = plot.add(HeatStrip(theme.colors))
    strip.place(0, 10, -1, 1)
    strip.begin(10, 2)
    values = np.tile(np.array([1.0, -1.0], np.float32), (10, 1))
    strip.extend(values, 5, 1.0)
    low, high = color_at(plot, 2, -0.5), color_at(plot, 2, 0.5)
    assert (low, high) == (QColor(theme.colors.positive), QColor(theme.colors.negative))
    assert color_at(plot, 8, 0.5) != high
    strip.extend(2 * values, 10, 2.0)  # a larger scale colours everything anew
    assert color_at(plot, 8, 0.5) == high


def test_a_matrix_has_row_zero_on_top(plot: Plot, theme: Theme) -> None:
    plot.set_x(0, 1)
    plot.set_y(0, 1)
    heat = plot.add(HeatMap(theme.colors))
    heat.set_matrix(np.array([[1.0, 0.0], [0.0, -1.0]]))
    assert color_at(plot, 0.25, 0.75) == QColor(theme.colors.positive)
    assert color_at(plot, 0.75, 0.25) == QColor(theme.colors.negative)
    heat.set_matrix(np.diag(np.ones(500)))
    assert color_at(plot, 0.5, 0.5) != color_at(plot, 0.9, 0.9).lighter(1000)


def test_mouse_and_wheel_speak_in_data(plot: Plot, qtbot: QtBot) -> None:
    told = []
    plot.pressed.connect(lambda x, y: told.append((x, y)))
    place = plot.mapFromScene(plot.box.mapViewToScene(QPointF(7.5, 0.25)))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    assert told[0] == pytest.approx((7.5, 0.25), abs=0.05)


def test_the_circle_stays_round_and_the_wheel_zooms_to_the_mouse(theme: Theme, qtbot: QtBot) -> None:
    plane = EigenvaluePlane(theme, "eigenvalues")
    qtbot.addWidget(plane)
    plane.resize(400, 250)
    plane.show()
    plane.show_points("one", np.array([0.5 + 0.5j, 0.9]), "#ff0000")

    def unit() -> tuple[float, float]:
        x, y = plane.box.state["viewRange"]
        return (x[1] - x[0]) / plane.box.width(), (y[1] - y[0]) / plane.box.height()

    assert unit()[0] == pytest.approx(unit()[1], rel=1e-3)
    for _ in range(5):
        plane.wheel_turned_at.emit(1.0, 0.0, 1.0)
    low, high = plane.x_range
    assert low < 1.0 < high
    assert high - low < 2.0
    assert unit()[0] == pytest.approx(unit()[1], rel=1e-3)
    plane.show_all()
    plane.show_points("one", np.array([3.0 + 0j]), "#ff0000")
    assert plane.x_range[1] > 3.0


def test_a_plot_takes_the_theme_at_once(plot: Plot, theme: Theme) -> None:
    before = QImage(plot.grab().toImage())
    theme.set_mode("dark")
    assert plot.grab().toImage().pixelColor(100, 100).lightness() < before.pixelColor(100, 100).lightness()


def test_what_moves_less_than_half_a_pixel_is_not_painted_again_and_yet_exact(
    plot: Plot, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = plot.add(Line())
    line.set_at(4.0)
    changes = []
    monkeypatch.setattr(plot, "repaint_strip", lambda place, **_: changes.append(place))
    line.set_at(4.0 + 0.3 * plot.pixel_width)
    assert changes == []
    assert line.at == 4.0 + 0.3 * plot.pixel_width
    line.set_at(4.0 + 0.6 * plot.pixel_width)
    assert changes == [4.0, line.at]  # where it was, where it is
    line.set_at(None)
    line.set_at(4.0)
    assert changes[3:] == [4.0]


def test_a_caption_without_room_for_its_words_takes_the_brief_ones_instead_of_a_second_line(qapp) -> None:
    def rows(width: int, brief: list[tuple[str, str]]) -> int:
        """How many rows of pixels have words on them."""
        caption = Caption("#000000", "#ffffff")
        words = [("LegT: the last 2.5 s, error 3.58 %", ""), ("LegS: all 4 s, error 3 %", "")]
        caption.set_runs(words, brief=brief)
        image = QImage(width, 120, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        caption.draw(painter, QTransform(), QRectF(0, 0, width, 120))
        painter.end()
        inked = [any(image.pixel(x, y) != 0xFFFFFFFF for x in range(width)) for y in range(120)]
        return sum(inked)

    brief = [("LegT: 3.58 %", ""), ("LegS: 3 %", "")]
    one_line = rows(800, [])
    assert rows(240, []) > 1.5 * one_line
    assert rows(240, brief) <= 1.2 * one_line
    assert rows(800, brief) == one_line, "the long words where there is room"


def test_a_caption_wider_than_its_line_breaks_between_words(qapp) -> None:
    caption = Caption("#000000", "#ffffff")
    caption.set_runs([("λ: cycles/sample over 1/sample", "red")], brief=[("λ: cycles/sample", "red")])
    whole = caption._measured()[3][0]
    assert [run for run, *_ in caption._placed(2 * whole)] == [("λ: cycles/sample", "red")]
    space = caption._measured()[1].averageCharWidth()
    placed = caption._placed(whole + space)
    assert [run[0] for run, *_ in placed] == ["λ:", "cycles/sample"]
    assert placed[1][2] == caption._measured()[1].height()
    *_, (cut, *_) = caption._placed(0.6 * whole)
    assert cut[0].endswith("…"), "a word that finds no room says that it is cut"
    assert all(at + wide <= whole + space for _, at, _, wide in placed)
