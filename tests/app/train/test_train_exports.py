"""What leaves the Train tab as a file: each kind that is offered is written, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PyQt6.QtWidgets import QDialogButtonBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.rate_dialog import RateDialog
from hippo_studio.app.services import Services
from hippo_studio.app.train.exports import KERNEL_KINDS, MODEL_KINDS
from hippo_studio.app.train.taking_home import TrainTakingHome
from hippo_studio.ssm import build_model, load_model, save_model


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    model = build_model({"model": "s4d", "d_model": 2, "n_layers": 1, "d_state": 4}, seed=0)
    model.details = {"sample_rate": 8000.0, "length": 32}
    save_model(model, folder / "model.safetensors")
    return folder


@pytest.mark.parametrize("kind", KERNEL_KINDS)
def test_kernels_are_written_in_every_kind(kind: str, run: Path, tmp_path: Path) -> None:
    path = tmp_path / f"kernels{kind.partition('*')[2].rstrip(')')}"
    written = KERNEL_KINDS[kind](run, path)
    assert all(file.stat().st_size for file in written)
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            assert arrays.files


def test_the_model_comes_home_as_it_is(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    MODEL_KINDS["Model (*.safetensors)"](run, path)
    assert load_model(path).details["sample_rate"] == 8000.0


def test_a_file_is_written_in_the_background_and_said(
    services: Services, qtbot: QtBot, run: Path, tmp_path: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    shown: list[Path | None] = [None]
    home = TrainTakingHome(services, lambda: shown[0], window)
    services.actions["export_model"].trigger()
    assert "no run to export" in said[0]
    shown[0] = run
    home.save(tmp_path / "kernels.npz", KERNEL_KINDS["Kernels and spectra (*.npz)"])
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said[1] == f"Saved {tmp_path / 'kernels.npz'}"
    home.save(tmp_path / "gone" / "kernels.npz", KERNEL_KINDS["Kernels and spectra (*.npz)"])
    qtbot.waitUntil(lambda: len(said) == 3)
    assert "gone" in said[2]
    home.save(tmp_path / "again.npz", KERNEL_KINDS["Kernels and spectra (*.npz)"])
    qtbot.waitUntil(lambda: len(said) == 4)
    assert (tmp_path / "again.npz").exists()


def test_impulse_responses_of_a_model_without_a_rate_are_written_at_one_that_is_asked_for(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    model = build_model({"model": "s4d", "d_model": 2, "n_layers": 1, "d_state": 4}, seed=0)
    save_model(model, tmp_path / "model.safetensors")
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    home = TrainTakingHome(services, lambda: tmp_path, window)
    for answer in ("", "16 kHz"):
        home.save(tmp_path / "kernels.wav", KERNEL_KINDS["Kernels as impulse responses (*.wav)"])
        qtbot.waitUntil(lambda: window.findChild(RateDialog) is not None)
        dialog = window.findChild(RateDialog)
        assert "knows no sampling rate" in dialog.findChild(QLabel).text()
        dialog.field.setText(answer)
        dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
        if not answer:
            assert not dialog.complaint.isHidden()
            dialog.reject()
            qtbot.waitUntil(lambda: window.findChild(RateDialog) is None)
    qtbot.waitUntil(lambda: bool(said))
    (written,) = tmp_path.glob("kernels*.wav")
    assert said == [f"Saved {written}"]
    assert soundfile.info(written).samplerate == 16_000
