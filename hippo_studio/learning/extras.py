"""What to say of a package that only a part of the studio needs, and that is not installed. Free of torch."""

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
    return (
        f"This needs {name}, which is not installed; in the project's folder, "
        f".venv/bin/pip install -c packaging/constraints.txt -e '.[{EXTRAS[name]}]' brings it."
    )
