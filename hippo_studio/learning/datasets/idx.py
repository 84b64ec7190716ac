"""MNIST and its kin in IDX files, gzip or not: images read pixel by pixel, row after row.

    train-images-idx3-ubyte.gz   train-labels-idx1-ubyte.gz   t10k-images-…   t10k-labels-…

Open the folder or any of the files. With "::permuted" behind the path, all pixels are shuffled by one fixed
permutation, so that only a long memory helps.
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets.assembling import Described
from hippo_studio.learning.datasets.collection import Collection
from hippo_studio.learning.datasets.loaded import Like, Loaded
from hippo_studio.learning.datasets.series import ordered
from hippo_studio.learning.datasets.splitting import Role

PERMUTED = "::permuted"
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
ROLES = {"train": Role.OPEN, "t10k": Role.TEST, "test": Role.TEST}


def recognises(where: Path) -> bool:
    """Whether this is such a file or a folder with some."""
    return bool(_pairs(_plain(where)))


def load(where: Path, like: Like | None = None) -> Loaded:
    """Return the images as sequences (pixels, 1)."""
    plain = _plain(where)
    parts = []
    for images, labels, role in _pairs(plain):
        pixels, marks = read_idx(images), read_idx(labels)
        if len(pixels) != marks.size:
            raise DataError(
                f"{images.name} holds {len(pixels)} images and {labels.name} {marks.size} labels; "
                "one label for each image is needed."
            )
        parts.append((pixels.reshape(len(pixels), -1), marks.ravel(), role, images.name))
    if len({pixels.shape[1] for pixels, *_ in parts}) > 1:
        raise DataError(f"The images in {plain} differ in size; all must have the same.")
    pixels = np.concatenate([part[0] for part in parts])
    names = ordered(str(mark) for part in parts for mark in np.unique(part[1]))
    number = {name: index for index, name in enumerate(names)}
    order = np.arange(pixels.shape[1])
    if where != plain:
        order = np.random.default_rng(0).permutation(order)

    def fetch(row: int) -> NDArray[np.float32]:
        return np.asarray(pixels[row, order, np.newaxis], np.float32)

    collection = Collection(
        fetch,
        np.array([number[str(mark)] for part in parts for mark in part[1]], np.int64),
        np.full(len(pixels), pixels.shape[1], np.int64),
        [f"{name} #{index}" for part in parts for index, name in enumerate([part[3]] * len(part[0]))],
    )
    roles = np.concatenate([np.full(len(part[0]), part[2], np.int8) for part in parts])
    title = plain.resolve().name if plain.is_dir() else plain.resolve().parent.name
    described = Described(
        str(where),
        f"{title}, permuted" if where != plain else title,
        names,
        channel_names=("brightness",),
    )
    return Loaded(described, collection, roles)


def read_idx(path: Path) -> NDArray[Any]:
    """Return the array in an IDX file.

    Raises
    ------
    DataError
        If it is none, or ends before its header says.
    """
    try:
        with _open(path) as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not 1 <= head[3] <= 4:
                raise DataError(f"{path.name} does not begin as an IDX file does; look for another copy.")
            shape = tuple(int(size) for size in np.frombuffer(file.read(4 * head[3]), ">u4"))
            kind = np.dtype(TYPES[head[2]])
            wanted = math.prod(shape) * kind.itemsize
            if wanted > 1 << 34:
                raise DataError(f"{path.name} claims to hold {wanted / 1e9:.0f} GB; it is damaged.")
            data = file.read(wanted)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path.name} is damaged or cut off ({error}); look for another copy.") from None
    if len(data) < wanted:
        raise DataError(f"{path.name} is cut off: {len(data)} of {wanted} bytes are there; copy it again.")
    values = np.frombuffer(data, kind).reshape(shape)
    return values.astype(kind.newbyteorder("="))


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path, "rb")) if zipped else path.open("rb")


def _plain(where: Path) -> Path:
    """The path without the wish to permute."""
    return where.with_name(where.name.removesuffix(PERMUTED)) if where.name.endswith(PERMUTED) else where


def _pairs(where: Path) -> list[tuple[Path, Path, Role]]:
    """Files of images with their labels, training first."""
    folder = where if where.is_dir() else where.parent
    if not folder.is_dir() or (where.is_file() and "-idx" not in _name(where.name)):
        return []
    names = {_name(name): folder / name for name in sorted(os.listdir(folder)) if "-idx" in _name(name)}
    found = []
    for name, path in names.items():
        wanted = name.partition("-idx")[0].replace("images", "labels")
        labels = next((other for other in names if other.partition("-idx")[0] == wanted), None)
        role = next((role for begin, role in ROLES.items() if name.startswith(begin)), Role.OPEN)
        if "images" in name and labels is not None:
            found.append((path, names[labels], role))
    if not where.exists():
        return []
    return sorted(found, key=lambda pair: pair[2])


def _name(name: str) -> str:
    """The name in lower case, with the dot that some copies have made a dash again."""
    return name.lower().removesuffix(".gz").replace(".idx", "-idx")
