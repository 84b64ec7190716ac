"""A folder per class, as Google's Speech Commands has it, or the same below train/ and test/.

    sounds/yes/0a7c2a8d_nohash_0.wav …       the class is the folder's name
    sounds/validation_list.txt               lines "yes/0a7c2a8d_nohash_0.wav": to validate by
    sounds/testing_list.txt                  the same for the report
    sounds/_background_noise_/               noise that is mixed into what is learned from (key background)

Other folders that begin with "_" or "." are passed over.

What stands before "_nohash_" is the speaker; all clips of a speaker serve one purpose.
"""

from __future__ import annotations

import os
from pathlib import Path

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import remarks
from hippo_studio.learning.datasets.clips import load_clips
from hippo_studio.learning.datasets.loaded import Like, Loaded
from hippo_studio.learning.datasets.notes import without_notes
from hippo_studio.learning.datasets.recordings import Clip, is_readable
from hippo_studio.learning.datasets.series import ordered
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.learning.datasets.words import ROLES
from hippo_studio.signals import ReadWarning

LISTS = {
    "validation_list.txt": Role.VALIDATION,
    "testing_list.txt": Role.TEST,
    "test_list.txt": Role.TEST,
}
SPEAKER = "_nohash_"
SEEN, READABLE = 20_000, 0.01
"""Files after which a folder is given up, if less than this share can be read: other things are in it."""
SPOKEN = 0.9
"""Share of the clips that must name a speaker for all to be words: one such name among notes is chance."""
NOISE = "_background_noise_"


def recognises(where: Path) -> bool:
    """Whether this is a folder with folders in it."""
    return where.is_dir() and bool(_folders(where))


def load(where: Path, like: Like | None = None) -> Loaded:
    """Return the clips of a folder; DataError if it holds none."""
    roots = _roots(where)
    classes = list(ordered(folder.name for root, _ in roots for folder in _folders(root)))
    number = {name: index for index, name in enumerate(classes)}
    lists = _lists(where)
    clips: list[Clip] = []
    for root, role in roots:
        for folder in _folders(root):
            for path in _files(folder):
                name = path.relative_to(where).as_posix()
                speaker, separator, _ = path.stem.partition(SPEAKER)
                group = speaker if separator else ""
                clips.append(Clip(path, name, number[folder.name], lists.get(name, role), group))
    clips = without_notes(clips)
    if not clips:
        raise DataError(
            f"None of the {len(classes)} folders in {where} holds a file that can be read; put sounds, "
            "tables or arrays of one class into one folder each."
        )
    warnings: list[ReadWarning] = []
    used = {clip.label for clip in clips}
    if empty := [name for name in classes if number[name] not in used]:
        warnings.append(
            remarks.EmptyClasses(f"Without a file that can be read, left aside: {remarks.listed(empty)}.")
        )
        kept = [name for name in classes if number[name] in used]
        clips = [_relabelled(clip, kept.index(classes[clip.label])) for clip in clips]
        classes = kept
    missing = [name for name in lists if not (where / name).is_file()]
    if missing:
        warnings.append(
            remarks.LabelsLeftAside(
                f"The split lists name {len(missing)} files that are not there: {remarks.listed(missing)}."
            )
        )
    noise = _files(where / NOISE) if like is None and (where / NOISE).is_dir() else []
    spoken = sum(bool(clip.group) for clip in clips) >= SPOKEN * len(clips)
    return load_clips(where, tuple(classes), clips, like, warnings, noise, spoken)


def _roots(where: Path) -> list[tuple[Path, Role]]:
    """The folders that hold the folders of classes: the one given, or train/ and test/ within it."""
    folders = _folders(where)
    parts = [(folder, ROLES[folder.name.lower()]) for folder in folders if folder.name.lower() in ROLES]
    has_training = any(role == Role.OPEN for _, role in parts)
    if has_training and len(parts) == len(folders) > 1 and all(_folders(folder) for folder, _ in parts):
        return parts
    return [(where, Role.OPEN)]


def _folders(where: Path) -> list[Path]:
    with os.scandir(where) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir() and entry.name[0] not in "._")
    return [where / name for name in names]


def _files(folder: Path) -> list[Path]:
    """Readable files at any depth, in the order of their names; DataError where other things are kept."""
    found: list[Path] = []
    seen = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] not in "._")
        found += [path for name in sorted(names) if is_readable(path := Path(root, name))]
        seen += len(folders) + len(names)
        if seen > SEEN and len(found) < READABLE * seen:
            raise DataError(
                f"Of the first {seen} files and folders in {folder}, {len(found)} can be read, so this is no "
                f"folder of one class and {folder.parent} no folder of labelled data; give the folder that "
                "holds a folder per class."
            )
    return found


def _lists(where: Path) -> dict[str, Role]:
    """The purpose of each file that a list names."""
    found: dict[str, Role] = {}
    for name, role in LISTS.items():
        if (where / name).is_file():
            text = (where / name).read_text(encoding="utf-8", errors="replace")
            found |= {line.strip().replace("\\", "/"): role for line in text.splitlines() if line.strip()}
    return found


def _relabelled(clip: Clip, label: int) -> Clip:
    return Clip(clip.path, clip.name, label, clip.role, clip.group, clip.span)
