"""What every source of clips ends with: clips in one form, described; and noise to mix into them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.background import SHARE, Background
from hippo_studio.learning.datasets import remarks
from hippo_studio.learning.datasets.assembling import Described
from hippo_studio.learning.datasets.collection import UnusableError
from hippo_studio.learning.datasets.defaults import defaults_for_size, defaults_for_words
from hippo_studio.learning.datasets.loaded import Like, Loaded
from hippo_studio.learning.datasets.recordings import Clip, Form, collect, decoder
from hippo_studio.signals import ReadWarning

MOST_NOISE = 1 << 24
"""Values of background noise that are kept: some 17 minutes at 16 kHz."""


def load_clips(
    where: Path,
    classes: tuple[str, ...],
    clips: Sequence[Clip],
    like: Like | None,
    warnings: Sequence[ReadWarning],
    noise: Sequence[Path] = (),
    spoken: bool = False,
) -> Loaded:
    """Return what a source of clips makes of a path.

    Parameters
    ----------
    where, classes, clips : the source, its labels, and what belongs to them.
    like : what the clips must be like; None: most of them decide.
    warnings : of what was found.
    noise : recordings to mix into what is learned from.
    spoken : whether the clips are words of known speakers, whom those that will be heard are not among.

    Raises
    ------
    DataError
        If none of the clips looked at can be read.
    """
    found = collect(clips, None if like is None else Form(like.sample_rate, like.channel_names))
    background, more = _background(noise, found.form)
    described = Described(
        str(where),
        where.resolve().name,
        classes,
        d_input=found.form.channels,
        channel_names=found.form.channel_names,
        defaults=None if background is None else {"background": SHARE},
        warnings=(*warnings, *found.warnings, *more),
        background=background,
        recipe=defaults_for_words if spoken else defaults_for_size,
    )
    return Loaded(described, found.collection, found.roles)


def _background(noise: Sequence[Path], form: Form) -> tuple[Background | None, list[ReadWarning]]:
    """The noise in the form of the clips, None if there is none; and what is left aside."""
    clips = [Clip(path, path.name, 0) for path in noise]
    decode = decoder(clips, form)
    recordings: list[NDArray[np.float32]] = []
    reasons: list[tuple[str, str]] = []
    for row, clip in enumerate(clips):
        if sum(map(len, recordings)) * form.channels >= MOST_NOISE:
            break
        try:
            recordings.append(decode(row)[: MOST_NOISE // form.channels])
        except UnusableError as error:
            reasons.append((clip.name, str(error)))
    return Background(recordings) if recordings else None, remarks.left_aside(reasons)
