"""The script does what the window did: to the same bits in files, and to rounding in what moves live."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from hippo_studio.app.film.shot import Shot
from hippo_studio.app.memory.exports import write_state
from hippo_studio.app.script import phrasing
from hippo_studio.app.script.acts import Act, Script
from hippo_studio.app.services import Services
from hippo_studio.app.window import StudioWindow
from hippo_studio.export import read_coefficients
from hippo_studio.session import SignalEntry
from hippo_studio.signals.tools import Band, Crop, Step

PATIENCE = 60_000
"""Milliseconds: on a busy machine a job waits long for its turn."""


@pytest.fixture
def window(services: Services, qtbot: QtBot, tmp_path: Path) -> Iterator[StudioWindow]:
    path = tmp_path / "two words.wav"
    t = np.arange(16000) / 2000
    noise = np.random.default_rng(1).normal(size=t.size)
    soundfile.write(path, np.stack([np.sin(9 * t), 0.1 * noise]).T, 2000, subtype="FLOAT")
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    with qtbot.waitSignal(window.opening.finished, timeout=PATIENCE):
        window.opening.open([path])
    qtbot.waitUntil(lambda: window.memory.source is not None, timeout=PATIENCE)
    yield window
    window.close()


def rest(window: StudioWindow, qtbot: QtBot, position: int) -> None:
    memory = window.memory
    memory.transport.seek(position)

    def there() -> bool:
        frame = memory.player.frame
        return frame is not None and frame.position == position and not frame.waiting

    code = phrasing.looked(position, 0.0).code
    qtbot.waitUntil(lambda: there() and window.rooms.recorder.script.acts[-1].code == code, timeout=PATIENCE)


def run(script: str) -> dict:
    names: dict = {}
    exec(compile(script, "script.py", "exec"), names)
    return names


@pytest.mark.parametrize("follow", ["waveform", "envelope"])
def test_the_script_gives_the_same_numbers(
    window: StudioWindow, qtbot: QtBot, tmp_path: Path, follow: str
) -> None:
    memory = window.memory
    window.rooms.bench.lay([Step(Crop(1, 7)), Step(Band(0, 200), on=False), Step(Band(0, 300))])
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=PATIENCE)
    memory.change(
        measures=("legt", "legs", "lagt", "fout"), order=24, theta=0.3, method="gbt", alpha=0.6,
        lagt_alpha=0.2, follow=follow, channel=window.signals.current.channel_names[1],
    )  # fmt: skip
    rate = 2000 if follow == "waveform" else 200
    heard = rate, 6 * rate  # of the cropped signal, not of the one before
    qtbot.waitUntil(
        lambda: memory.source is not None and (memory.source.sample_rate, memory.source.length) == heard,
        timeout=PATIENCE,
    )
    rest(window, qtbot, memory.source.length // 2)
    out = tmp_path / "window.npz"
    memory.taking_home.save_memories(out, write_state, "coefficients")
    qtbot.waitUntil(lambda: len(list(tmp_path.glob("window*.npz"))) == 4, timeout=PATIENCE)
    files = {one.stem.removeprefix("window-"): read_coefficients(one) for one in tmp_path.glob("window*.npz")}
    shown = {r.memory.measure.name: r.coefficients for r in memory.player.frame.recollections}
    names = run(window.rooms.recorder.script.text())
    assert set(names["coefficients"]) == {"legt", "legs", "lagt", "fout"}
    for name, coefficients in names["coefficients"].items():
        np.testing.assert_array_equal(coefficients, files[name].coefficients[0], err_msg=name)
        np.testing.assert_allclose(coefficients[0], shown[name], atol=1e-9 * np.abs(shown[name]).max())
    again = {one.stem.removeprefix("window-"): read_coefficients(one) for one in tmp_path.glob("window*.npz")}
    for name, record in again.items():
        np.testing.assert_array_equal(record.coefficients, files[name].coefficients)
        assert record.channel_names == files[name].channel_names


def test_the_way_of_a_slider_is_one_act(window: StudioWindow, qtbot: QtBot) -> None:
    before = len(window.rooms.recorder.script.acts)
    for order in range(10, 40):
        window.memory.change(order=order)
    acts = window.rooms.recorder.script.acts
    assert len(acts) <= before + 1
    assert "N = 39" in acts[-1].title
    rest(window, qtbot, 5000)
    rest(window, qtbot, 7000)
    acts = window.rooms.recorder.script.acts
    assert [act.key for act in acts][-2:] == ["memory", "playhead"]
    assert "7000" in acts[-1].code


def test_the_panel_writes_a_script_and_a_notebook(
    window: StudioWindow, qtbot: QtBot, services: Services, tmp_path: Path
) -> None:
    services.actions["script"].trigger()
    text = window.rooms.script.text
    assert "read(" in text.toPlainText()
    window.resize(1280, 720)
    wanted = 36 * text.fontMetrics().horizontalAdvance("0")
    qtbot.waitUntil(lambda: text.viewport().width() >= wanted, timeout=PATIENCE)
    assert text.horizontalScrollBar().maximum() == 0, "nothing of a long line is out of sight"
    for name in ("a.py", "a.ipynb"):
        window.rooms.script.write(tmp_path / name)
        qtbot.waitUntil((tmp_path / name).exists, timeout=PATIENCE)
    notebook = json.loads((tmp_path / "a.ipynb").read_text())
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    script = (tmp_path / "a.py").read_text()
    assert all(one in script for one in code)
    assert "memories" in run("\n".join(code))
    window.rooms.script.copy()
    window.rooms.recorder.clear()
    assert window.rooms.recorder.script.acts[0].key == "open"


def test_acts_merge_only_soon_and_only_with_what_they_supersede() -> None:
    now = [0.0]
    script = Script(lambda: now[0])
    script.note(Act("open", "a = 1", key="open"))
    for value in (1, 2, 3):
        script.note(Act("memory", f"m = {value}", key="memory", supersedes=("memory",)))
    now[0] = 10.0
    script.note(Act("memory", "m = 4", ("numpy as np", "math:pi", "math:e"), "memory", ("memory",)))
    assert [act.code for act in script.acts] == ["a = 1", "m = 3", "m = 4"]
    assert script.text().startswith("import numpy as np\nfrom math import e, pi\n\n# open\na = 1\n")


def test_every_act_is_python() -> None:
    made = [
        phrasing.opened(SignalEntry(path="/a'b.wav", options={"sample_rate": 3.0})),
        phrasing.opened(SignalEntry(generator="sine", parameters={"duration": 2.0})),
        phrasing.opened(SignalEntry(title="recording")),
        phrasing.trained({"data": "task:digits", "epochs": 1}, Path("/runs/x")),
        phrasing.evaluated(Path("/runs/x"), "task:digits", 0.5),
    ]
    for act in made:
        compile(act.code, act.title, "exec")
    assert made[0].code == 'signal = read("/a\'b.wav", sample_rate=3.0)'


def test_a_training_is_said_so_that_it_can_be_done_again(tmp_path: Path) -> None:
    from hippo_studio.learning.configuration import check

    act = phrasing.trained({"data": "task:digits", "model": "s4d", "epochs": 1}, tmp_path / "run")
    names: dict = {}
    exec(act.code.partition("\nfinished")[0], names)
    check(names["config"])


def test_a_script_ends_where_a_step_of_it_failed(tmp_path: Path) -> None:
    script = Script()
    script.note(phrasing.evaluated(tmp_path / "no such run", "task:digits", 1.0))
    script.note(Act("after", "print('went on')", (), "after"))
    path = tmp_path / "script.py"
    path.write_text(script.text())
    run = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=900, check=False
    )
    assert run.returncode != 0
    assert "went on" not in run.stdout
    assert "Evaluate no such run: failed." in run.stderr
    assert "Traceback" not in run.stderr


def in_a_process(script: str, folder: Path) -> str:
    """Run a script as a person would; what it prints."""
    path = folder / "script.py"
    path.write_text(script)
    run = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=900, check=False, cwd=folder
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_everything_that_is_saved_from_the_memory_tab_is_saved_again_by_the_script(
    window: StudioWindow, qtbot: QtBot, services: Services, tmp_path: Path
) -> None:
    """Coefficients, trajectory, reconstruction, sound through a memory, a plot and an animation."""
    pytest.importorskip("av")
    memory, home = window.memory, window.memory.taking_home
    window.rooms.bench.lay([Step(Crop(1, 3)), Step(Band(0, 300))])
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=PATIENCE)
    memory.change(measures=("legt",), order=12, theta=0.2, method="bilinear", follow="waveform")
    qtbot.waitUntil(lambda: memory.source is not None and memory.source.length == 4000, timeout=PATIENCE)
    rest(window, qtbot, 3000)
    out = tmp_path / "out"
    out.mkdir()
    home.ask = lambda title, stem, names, then: then(out / f"{stem}.{names[0][-4:-1]}", names[0])
    for action in ("export_coefficients", "export_trajectory", "export_reconstruction"):
        services.actions[action].trigger()
    home.through(0.05)
    home.save_picture(memory.past.plot, out / "past.png")
    shot = Shot(0.5, 1.0, rate=10.0, size=(480, 360), theme=window.filming.suggested().theme)
    window.filming.film(out / "film.mp4", shot)
    window.filming.film(out / "another.mp4", shot)  # is refused, so it is not said either
    assert "another.mp4" not in window.rooms.recorder.script.text()
    assert "film.mp4" not in window.rooms.recorder.script.text(), "it may be cancelled yet, or fail"
    qtbot.waitUntil(lambda: len([*out.glob("[!.]*")]) == 6, timeout=10 * PATIENCE)
    qtbot.waitUntil(lambda: not window.filming.camera.busy, timeout=PATIENCE)
    made = {path.name: read_whole(path) for path in sorted(out.iterdir())}
    assert [*made] == [
        "film.mp4", "past.png", "two words-coefficients.npz", "two words-reconstruction.wav",
        "two words-through-memory.wav", "two words-trajectory.npz",
    ]  # fmt: skip
    for path in out.iterdir():
        path.unlink()
    in_a_process(window.rooms.recorder.script.text(), tmp_path)
    for name, values in made.items():
        again = read_whole(out / name)
        assert again.shape == values.shape, name
        if name in ("film.mp4", "past.png"):
            assert np.abs(again.astype(float) - values).mean() < 1, name
        else:
            np.testing.assert_allclose(again, values, rtol=0, atol=1e-6, err_msg=name)


def test_an_animation_that_is_cancelled_is_not_in_the_script(
    window: StudioWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    pytest.importorskip("av")
    rest(window, qtbot, 3000)
    window.filming.film(tmp_path / "cancelled.mp4", Shot(0.5, 1.0, 0.1, 60, (480, 360)))
    window.filming.camera.cancel()
    made = tmp_path / "made.mp4"
    window.filming.film(made, Shot(0.5, 0.6, rate=10.0, size=(480, 360)))
    qtbot.waitUntil(lambda: made.exists() and not window.filming.camera.busy, timeout=10 * PATIENCE)
    script = window.rooms.recorder.script.text()
    assert "made.mp4" in script
    assert "cancelled.mp4" not in script


def read_whole(path: Path) -> np.ndarray:
    """All numbers of an export."""
    if path.suffix == ".npz":
        return read_coefficients(path).coefficients
    if path.suffix == ".wav":
        return soundfile.read(path, dtype="float32")[0]
    import av

    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_a_training_and_its_test_are_done_again_by_the_script(tmp_path: Path, factor: float) -> None:
    pytest.importorskip("torch")
    from hippo_studio.app.train.trials import score_at
    from hippo_studio.cli.train import train
    from hippo_studio.learning.runs import open_run, read_config

    folder = tmp_path / "run"
    config = {
        "data": "task:waveforms", "model": "s4d", "epochs": 1, "d_model": 4, "n_layers": 1, "d_state": 4,
        "device": "cpu", "seed": 3,
    }  # fmt: skip
    train(config, folder, threads=1)
    script = Script()
    script.note(phrasing.trained(read_config(folder), folder))
    script.note(phrasing.evaluated(folder, config["data"], factor))
    said = in_a_process(script.text(), tmp_path)
    run, again = open_run(folder), open_run(tmp_path / "run-again")
    for one, other in zip(run.epochs, again.epochs, strict=True):
        assert (other.train_loss, other.validation_score) == pytest.approx(
            (one.train_loss, one.validation_score), rel=1e-5
        )

    class Waiting:
        def check(self) -> None: ...

        def report(self, fraction: float | None, text: str = "") -> None: ...

    assert f"{100 * score_at(folder, factor, Waiting()):.2f}" in said
