"""Comma-separated values: metadata in leading ``# name: value`` lines, then one row per frame and channel.

Numbers are written so that reading them gives the same 64 bits, or 32 of float32. Texts stand as they are,
lists and mappings as JSON. pandas reads the table with ``read_csv(path, comment="#")``.
"""

import csv
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hippo_studio.export.formats.format import Append, CoefficientFormat, Coefficients, Dtype, FloatArray
from hippo_studio.export.record import CoefficientMetadata

__all__ = ["FORMAT"]


@contextmanager
def writing(path: Path, metadata: CoefficientMetadata, frames: int, dtype: Dtype) -> Iterator[Append]:
    """Write rows as they come."""
    with open(path, "w", encoding="utf-8", newline="") as stream:
        for name, value in metadata.scalars().items():
            stream.write(f"# {name}: {_text(value)}\n")
        for name, texts in (("channel_names", metadata.channel_names), ("units", metadata.units)):
            stream.write(f"# {name}: {json.dumps(texts, ensure_ascii=False)}\n")
        stream.write(",".join(["time", "channel", *(f"c{n}" for n in range(metadata.order))]) + "\n")
        texts_of = _float32_texts if dtype == "float32" else _float64_texts
        channels = [_cell(name) for name in metadata.channel_names]

        def append(times: FloatArray, coefficients: Coefficients) -> None:
            for time, frame in zip(times.tolist(), coefficients, strict=True):
                for channel, values in zip(channels, frame, strict=True):
                    stream.write(f"{time!r},{channel},{','.join(texts_of(values))}\n")

        yield append


def reading(path: Path) -> Mapping[str, Any]:
    """Return the metadata and the table folded back into (frames, channels, N)."""
    with open(path, encoding="utf-8", newline="") as stream:
        values: dict[str, Any] = {}
        for line in stream:
            if not line.startswith("# "):
                break
            name, _, text = line[2:].rstrip("\n").partition(": ")
            values[name] = _value(text)
        else:
            raise ValueError("it has no table")
        order = sum(column.startswith("c") and column[1:].isdigit() for column in line.rstrip().split(","))
        rows = list(csv.reader(stream))
    channels = len(values["channel_names"])
    numbers = np.array([[float(cell) for cell in itertools.chain(row[:1], row[2:])] for row in rows])
    table = numbers.reshape(-1, channels, 1 + order)
    return {**values, "times": table[:, 0, 0], "coefficients": table[:, :, 1:]}


def _float64_texts(values: Coefficients) -> Iterable[str]:
    return map(repr, values.tolist())


def _float32_texts(values: Coefficients) -> Iterable[str]:
    return map(str, values)  # of a NumPy scalar: the shortest text that gives the same 32 bits


def _cell(text: str) -> str:
    """Quote a text where a comma, a quote, a line break or a `#` would be misread."""
    return '"' + text.replace('"', '""') + '"' if re.search(r'[,"#\r\n]', text) else text


def _text(value: float | str) -> str:
    """Write a value on one line; a text that could be misread is quoted as JSON."""
    if not isinstance(value, str):
        return repr(value)
    plain = value == value.strip() and value.isprintable() and not value.startswith(('"', "["))
    return value if plain else json.dumps(value)


def _value(text: str) -> Any:
    return json.loads(text) if text.startswith(('"', "[")) else text


FORMAT = CoefficientFormat(
    suffix=".csv",
    title="Comma-separated values",
    layout="# name: value lines, then columns time, channel, c0 … c(N−1); one row per frame and channel",
    writing=writing,
    reading=reading,
)
