"""Parquet: the wide table of the CSV format, metadata in the file's key-value metadata.

One row per frame and channel, in the order of time: ``time DOUBLE, channel VARCHAR, c0 … c(N−1) DOUBLE``, or
FLOAT for float32.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hippo_studio.export.formats.format import Append, CoefficientFormat, Coefficients, Dtype, FloatArray
from hippo_studio.export.record import CoefficientMetadata

__all__ = ["FORMAT"]

#: What DuckDB may take while a trajectory larger than memory passes through it.
LIMITS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "1GB", "threads": 1}

#: Numbers in a row group: 32 MiB. DuckDB's own 122 880 rows would be 500 MiB at N = 512.
ROW_GROUP_VALUES = 1 << 22


@contextmanager
def writing(path: Path, metadata: CoefficientMetadata, frames: int, dtype: Dtype) -> Iterator[Append]:
    """Collect the blocks in a database, which moves to the disk beside `path` what is too much for memory."""
    import duckdb

    columns = [f"c{n}" for n in range(metadata.order)]
    kind = "FLOAT" if dtype == "float32" else "DOUBLE"
    rows = max(2048, ROW_GROUP_VALUES // metadata.order)
    with (
        _room_beside(path) as folder,
        _os_errors(),
        duckdb.connect(config={**LIMITS, "temp_directory": folder}) as database,
    ):
        database.execute(
            "CREATE TABLE frames (time DOUBLE, channel VARCHAR, "
            + ", ".join(f"{column} {kind}" for column in columns)
            + ")"
        )
        names = np.array(metadata.channel_names, dtype=object)

        def append(times: FloatArray, coefficients: Coefficients) -> None:
            by_column = np.ascontiguousarray(coefficients.reshape(-1, metadata.order).T)
            block = {
                "time": np.repeat(times, metadata.channels),
                "channel": np.tile(names, times.size),
                **dict(zip(columns, by_column, strict=True)),
            }
            database.register("block", block)
            database.execute("INSERT INTO frames SELECT * FROM block")
            database.unregister("block")

        yield append
        database.execute(
            f"COPY frames TO {_quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rows}, "
            f"USE_TMP_FILE false, KV_METADATA {{{_key_values(metadata)}}})"
        )


def reading(path: Path) -> Mapping[str, Any]:
    """Return the metadata and the table folded back into (frames, channels, N)."""
    import duckdb

    with open(path, "rb"):  # let the system say why not, where there is nothing to read
        pass
    with duckdb.connect() as database:
        pairs = database.execute(f"SELECT key, value FROM parquet_kv_metadata({_quoted(path)})").fetchall()
        values: dict[str, Any] = {key.decode(): value.decode() for key, value in pairs}
        columns = database.execute(
            f"SELECT * EXCLUDE channel FROM read_parquet({_quoted(path)})"
        ).fetchnumpy()
    for name in ("channel_names", "units"):
        values[name] = json.loads(values[name])
    times, *by_order = columns.values()
    channels = len(values["channel_names"])
    table = np.stack(by_order, axis=1).reshape(-1, channels, len(by_order))
    return {**values, "times": times[::channels], "coefficients": table}


def _key_values(metadata: CoefficientMetadata) -> str:
    texts = {
        **{
            name: value if isinstance(value, str) else repr(value)
            for name, value in metadata.scalars().items()
        },
        "channel_names": json.dumps(metadata.channel_names, ensure_ascii=False),
        "units": json.dumps(metadata.units, ensure_ascii=False),
    }
    return ", ".join(f"{_quoted(name)}: {_quoted(text)}" for name, text in texts.items())


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


@contextmanager
def _room_beside(path: Path) -> Iterator[str]:
    """A folder for what is too much for memory; the file is not lost if it cannot be cleared away."""
    folder = tempfile.mkdtemp(prefix=f"{path.stem}.", dir=path.parent)
    try:
        yield folder
    finally:
        try:
            os.rmdir(folder)  # the database clears away what it wrote
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _os_errors() -> Iterator[None]:
    """Raise the OSError that DuckDB's own error quotes, so that a full disk reads the same everywhere.

    And KeyboardInterrupt for what DuckDB makes of Ctrl-C.
    """
    import duckdb

    try:
        yield
    except (duckdb.Error, RuntimeError) as error:
        if "Query interrupted" in str(error) or "KeyboardInterrupt" in str(error):
            raise KeyboardInterrupt from error
        for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES):
            if os.strerror(code) in str(error):
                raise OSError(code, os.strerror(code)) from error
        raise


FORMAT = CoefficientFormat(
    suffix=".parquet",
    title="Parquet",
    layout="columns time, channel, c0 … c(N−1); one row per frame and channel; the rest as key-value pairs",
    writing=writing,
    reading=reading,
)
