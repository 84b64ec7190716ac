"""What can be taken home of a run, and how each is written. Free of Qt; the writers import torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol


class Writer(Protocol):
    """Writes something of a run; `sample_rate` in Hz is for kernels of a model that knows none."""

    def __call__(self, run: Path, path: Path, sample_rate: float | None = None) -> Sequence[Path]:
        """Write to `path`, and return the files written."""


def _model(form: str = "sequence") -> Writer:
    def write(run: Path, path: Path, sample_rate: float | None = None) -> Sequence[Path]:
        from hippo_studio.export.models import export_model
        from hippo_studio.ssm import load_model

        model = load_model(run)
        graph = path.suffix.lower() in (".onnx", ".pt2")
        length = int(model.details.get("length") or 1024) if graph else 1024
        return export_model(model, path, form=form, length=length, sample_rate=sample_rate)

    return write


def _spectra(run: Path, path: Path, sample_rate: float | None = None) -> Sequence[Path]:
    from hippo_studio.export.kernels import write_spectra
    from hippo_studio.ssm import load_model

    write_spectra(load_model(run), path, sample_rate)
    return (path,)


def _report(run: Path, path: Path, sample_rate: float | None = None) -> Sequence[Path]:
    from hippo_studio.export.report import write_report

    write_report(run, path)
    return (path,)


MODEL_KINDS: Mapping[str, Writer] = MappingProxyType(
    {
        "Model (*.safetensors)": _model(),
        "ONNX, a whole sequence (*.onnx)": _model("sequence"),
        "ONNX, block by block (*.onnx)": _model("block"),
        "ONNX, moment by moment (*.onnx)": _model("step"),
        "torch.export program (*.pt2)": _model(),
    }
)
KERNEL_KINDS: Mapping[str, Writer] = MappingProxyType(
    {
        "Kernels and spectra (*.npz)": _model(),
        "Kernels as a table (*.csv)": _model(),
        "Spectra as a table (*.csv)": _spectra,
        "Kernels as impulse responses (*.wav)": _model(),
    }
)
REPORT_KINDS: Mapping[str, Writer] = MappingProxyType({"Report on one page (*.html)": _report})
