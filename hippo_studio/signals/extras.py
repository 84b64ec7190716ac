"""What to say of a package that only a part of the studio needs, and that is not installed."""

from __future__ import annotations


def not_installed(need: str, extra: str) -> str:
    """The sentence for what needs a package ("A serial port needs pyserial") that an extra brings."""
    return (
        f"{need}, which is not installed; in the project's folder, "
        f".venv/bin/pip install -c packaging/constraints.txt -e '.[{extra}]' brings it."
    )
