"""What to say of a package that only a part of the studio needs, and that is not installed. Free of torch."""

from __future__ import annotations

from hippo_studio.signals.extras import not_installed

EXTRAS = {
    "torch": "train",
    "safetensors": "train",
    "sklearn": "train",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "onnxscript": "onnx",
    "optuna": "sweep",
    "av": "video",
    "sktime": "baselines",
}
"""The extra of pyproject.toml that brings a module."""


def missing_package(error: BaseException) -> str:
    """Return the sentence for an import that failed for want of an extra; empty for any other error."""
    if not isinstance(error, ModuleNotFoundError):
        return ""
    name = (error.name or "").partition(".")[0]
    if name not in EXTRAS:
        return ""
    return not_installed(f"This needs {name}", EXTRAS[name])
