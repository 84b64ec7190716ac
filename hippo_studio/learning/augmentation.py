"""Series made anew for each epoch: cut, moved, amplified, made noisy, played at another speed, mixed.

The shape of a batch stays, unless it is played faster or slower (Ko et al., “Audio augmentation for speech
recognition”, 2015) or at half its sampling rate, for which the model doubles Δ (the progressive resizing of
S4ND, arXiv 2210.06583): half the work, and a model that has met what a lower rate leaves of a sound.

What is drawn depends on the generator that is handed in, so on the seed and the step alone. Targets per
moment move with their moments. Tokens have no amplitude and no in-between, and cannot be augmented.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from hippo_studio.learning.adapting import resample
from hippo_studio.learning.background import SNR_DB, Background, gain
from hippo_studio.learning.batch import Batch
from hippo_studio.learning.data import IGNORED, DataSet
from hippo_studio.learning.settings import TrainingSettings

KEYS = ("crop", "shift", "scale", "noise", "background", "speed", "coarse", "mixup")


def check_augmentation(settings: TrainingSettings, data: DataSet) -> None:
    """Raise ValueError for an augmentation that these data cannot take."""
    for key in KEYS:
        value = getattr(settings, key)
        if value and data.vocabulary is not None:
            raise ValueError(f"{key} is {value:g}, and {data.title} is made of tokens; set {key} to 0.")
        if value and key == "background" and data.background is None:
            raise ValueError(
                f"background is {value:g}, and {data.title} brings no background noise; set background to 0, "
                "or put recordings of it into a folder _background_noise_ beside the classes."
            )
        if value and key in ("speed", "coarse", "mixup") and data.per_moment:
            raise ValueError(
                f"{key} is {value:g}, and {data.title} has targets per moment, which have nothing in "
                f"between; set {key} to 0."
            )


def augment(
    batch: Batch,
    settings: TrainingSettings,
    rng: np.random.Generator,
    background: Background | None = None,
) -> Batch:
    """Return the batch with what `settings` ask for, noise of `background` among it; itself if nothing."""
    if settings.crop or settings.shift:
        batch = _moved(batch, settings.crop, settings.shift, rng)
    x = batch.x
    if settings.scale:
        gain = rng.uniform(1 - settings.scale, 1 + settings.scale, len(x))
        x = x * torch.as_tensor(gain, dtype=x.dtype, device=x.device)[:, None, None]
    if settings.noise:
        generator = torch.Generator(x.device).manual_seed(int(rng.integers(2**62)))
        noise = torch.empty_like(x).normal_(generator=generator)
        x = x + settings.noise * _loudness(batch, x) * noise
    if settings.background and background is not None:
        x = _with_background(x, batch, settings.background, background, rng)
    if x is not batch.x:
        batch = replace(batch, x=x)
    if settings.speed or settings.coarse:
        batch = _replayed(batch, settings.speed, settings.coarse, rng)
    return _mixed(batch, settings.mixup, rng) if settings.mixup and len(batch.x) > 1 else batch


def _moved(batch: Batch, crop: float, shift: float, rng: np.random.Generator) -> Batch:
    """Cut both ends off by up to `crop` together, move what is left; its edges stand for what is outside."""
    count, length = batch.x.shape[:2]
    device = batch.x.device
    lengths = batch.lengths
    before = torch.full((count,), length, device=device) if lengths is None else lengths

    def drawn(low: float, high: float) -> Tensor:
        return torch.as_tensor(rng.uniform(low, high, count), device=device)

    left = torch.clamp_min(before - (before * drawn(0, crop)).long(), 1)
    start = ((before - left) * drawn(0, 1)).long()
    move = (left * drawn(-shift, shift)).long()
    place = torch.arange(length, device=device)
    wanted = place - move[:, None]
    source = start[:, None] + torch.minimum(wanted.clamp_min(0), left[:, None] - 1)
    x = batch.x.gather(1, source[..., None].expand_as(batch.x))
    x = x * (place < left[:, None])[..., None]
    target, last = batch.target, batch.last
    if target.dim() == 2:
        inside = (wanted >= 0) & (wanted < left[:, None]) & (place < left[:, None])
        target = torch.where(inside, target.gather(1, source), IGNORED)
        if last is not None:
            last = torch.where(target != IGNORED, place, 0).amax(1)
        batch = replace(batch, weight=_asked(target, batch), asked=int((target != IGNORED).sum()))
    return replace(batch, x=x, target=target, last=last, lengths=left if crop else lengths)


def _asked(target: Tensor, batch: Batch) -> float:
    """The weight of the targets that are left: of each as much as before, on average."""
    return batch.weight * float((target != IGNORED).sum()) / max(1, int((batch.target != IGNORED).sum()))


def _loudness(batch: Batch, x: Tensor) -> Tensor:
    """RMS of each channel of each example: (B, 1, d_input)."""
    if batch.lengths is None:
        return x.square().mean(1, keepdim=True).sqrt()
    return (x.square().sum(1, keepdim=True) / batch.lengths[:, None, None]).sqrt()


def _with_background(
    x: Tensor, batch: Batch, share: float, background: Background, rng: np.random.Generator
) -> Tensor:
    """Mix a piece of background noise into that share of the examples."""
    added = np.zeros(x.shape, np.float32)
    known = x.detach().cpu().numpy()
    ends = [x.shape[1]] * len(x) if batch.lengths is None else batch.lengths.tolist()
    for row in np.flatnonzero(rng.uniform(size=len(x)) < share):
        length = int(ends[row])
        piece = background.piece(length, rng)
        added[row, :length] = piece * gain(known[row, :length], piece, rng.uniform(*SNR_DB))
    return x + torch.from_numpy(added).to(x)


def _replayed(batch: Batch, speed: float, coarse: float, rng: np.random.Generator) -> Batch:
    """Play a batch at one other speed, and that share of the batches at half their sampling rate."""
    faster, rate = rng.uniform(1 - speed, 1 + speed), 2.0 if rng.uniform() < coarse else 1.0
    count, _, channels = batch.x.shape
    side_by_side = batch.x.transpose(0, 1).flatten(1).cpu().numpy()
    found = torch.from_numpy(resample(side_by_side, 1 / (faster * rate))).to(batch.x)
    lengths = batch.lengths
    if lengths is not None:
        lengths = (lengths / (faster * rate)).round().long().clamp(1, len(found))
    return replace(batch, x=found.view(-1, count, channels).transpose(0, 1), lengths=lengths, rate=rate)


def _mixed(batch: Batch, alpha: float, rng: np.random.Generator) -> Batch:
    """Add to each example a share of another one, and to its target as much of the other's."""
    partner = torch.as_tensor(rng.permutation(len(batch.x)), device=batch.x.device)
    share = float(rng.beta(alpha, alpha))
    share = max(share, 1 - share)  # the score counts the target that weighs more
    lengths = batch.lengths
    if lengths is not None:
        lengths = torch.maximum(lengths, lengths[partner])
    return replace(
        batch,
        x=share * batch.x + (1 - share) * batch.x[partner],
        lengths=lengths,
        other=batch.target[partner],
        share=share,
    )
