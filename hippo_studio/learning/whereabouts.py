"""Where the data of a run are: it finds them from any folder, and where they were moved along with it.

    config.toml    data, test: absolute paths, or task:NAME
    places.json    the same two, as seen from the run folder

A run of before may name them as they were called in the folder where it was begun. Without torch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hippo_studio.export.atomic import atomic_write

if TYPE_CHECKING:
    from hippo_studio.learning.data import DataSet

PLACES = "places.json"
KEYS = ("data", "test")
_TASK = "task:"
_BEHIND, _HALVES = "::", ("_TRAIN.ts", "_TRAIN.tsv", "_TRAIN.arff", "_TRAIN.txt")
"""What may stand behind a path, and what a path that is the name of an archive stands for."""


def absolute(source: str) -> str:
    """Return what names the same data in any folder; looks at nothing."""
    if not source or source.startswith(_TASK):
        return source
    return os.path.abspath(os.path.expanduser(source))  # a link stays as it is named


def is_there(source: str) -> bool:
    """Whether a path leads to something."""
    path = Path(source.partition(_BEHIND)[0])
    halves = (path.with_name(path.name + half) for half in _HALVES if path.name)
    return any(map(os.path.exists, (path, *halves)))  # False where another's folder may not be looked into


def anchored(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a training with absolute paths, where they lead to something."""
    paths = {key: absolute(config[key]) for key in KEYS if isinstance(config.get(key), str)}
    return {**config, **{key: path for key, path in paths.items() if is_there(path)}}


def write_places(folder: Path, config: Mapping[str, Any]) -> None:
    """Keep where the data are as seen from a folder."""
    places = {}
    for key in KEYS:
        source = config.get(key)
        if isinstance(source, str) and os.path.isabs(source):
            with suppress(ValueError):  # on another drive
                places[key] = Path(os.path.relpath(source, Path(folder).absolute())).as_posix()
    with atomic_write(folder / PLACES) as stream:
        stream.write(json.dumps(places, ensure_ascii=False).encode("utf-8", "surrogateescape"))


def found(config: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the keys that a folder holds, with the data where they are now; as they are if not found."""
    return {**config, **{key: path for key in KEYS if (path := _place(config, folder, key)) is not None}}


def found_beside(config: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Return the keys of a file, a relative path as seen from its own folder, where that leads to something.

    Otherwise as seen from the working folder, or as the folder's `places.json` says.
    """
    root = file.absolute().parent
    named = {key: config[key] for key in KEYS if isinstance(config.get(key), str) and config[key]}
    beside = {key: os.path.normpath(root / os.path.expanduser(source)) for key, source in named.items()}
    own = {key: beside[key] for key in named if absolute(named[key]) != named[key] and is_there(beside[key])}
    there = {key: next(filter(is_there, _kept_places(config, root, key)), named[key]) for key in named}
    return {**config, **there, **own}


def missing(config: Mapping[str, Any], folder: Path) -> str:
    """Return where the data of a folder were looked for in vain, and what to do; "" if they are there."""
    for key in KEYS:
        places = list(dict.fromkeys(_places(config, folder, key)))
        if places and not any(map(is_there, places)):
            what = "data" if key == "data" else "test data"
            return (
                f"The {what} of {folder} are not there: looked for as {' and as '.join(places[:2])}. Put "
                f"them back, or say where they are now with --{key}."
            )
    return ""


def open_data_of(folder: Path | None, config: Mapping[str, Any], **changed: Any) -> DataSet:
    """Open the data that keys name, those of the run in `folder`; `changed` is for `open_data`.

    DataError, one sentence, if there are none; of a run it says where they were looked for.
    """
    from hippo_studio.learning import datasets
    from hippo_studio.learning.data import DataError

    try:
        return datasets.open_data(
            str(config.get("data", "")),
            test=str(config.get("test", "")),
            seed=int(config.get("seed", 0)),
            **changed,
        )
    except DataError as error:
        if folder is not None and (folder / PLACES).is_file() and (sentence := missing(config, folder)):
            raise DataError(sentence) from error
        raise


def _place(config: Mapping[str, Any], folder: Path, key: str) -> str | None:
    return next(filter(is_there, _places(config, folder, key)), None)


def _places(config: Mapping[str, Any], folder: Path, key: str) -> Iterator[str]:
    """Where the data of a run may be, the likeliest first; nothing for what is made."""
    yield from _kept_places(config, folder, key)
    source, root = config.get(key), Path(folder).absolute()
    if isinstance(source, str) and source and not source.startswith(_TASK) and not os.path.isabs(source):
        above = (os.path.normpath(parent / source) for parent in root.parents)
        yield from (path for path in above if path != str(root))


def _kept_places(config: Mapping[str, Any], folder: Path, key: str) -> Iterator[str]:
    """Where a source is by its own name, and by what a folder keeps of it; nothing for what is made."""
    source = config.get(key)
    if not isinstance(source, str) or not source or source.startswith(_TASK):
        return
    yield absolute(source)
    root = Path(folder).absolute()
    with suppress(OSError, ValueError, TypeError, KeyError):
        yield os.path.normpath(root / json.loads((root / PLACES).read_text(encoding="utf-8"))[key])
