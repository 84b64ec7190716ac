"""Several processes that train one model together, as torchrun starts them: they share each batch.

Each computes the gradients of its part of a batch; the sum over all of them, divided by the sum of the
targets' weights, is the gradient that one process alone would have found. So all take the same step, and the
number of processes changes the speed alone. Without torchrun a `Team` is one process and does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True)
class Team:
    """The processes of a training; `rank` 0 is the one that writes and tells."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes and tells."""
        return self.rank == 0

    def sum_gradients(self, parameters: Sequence[Tensor], sums: Tensor) -> Tensor:
        """Replace gradients, means over targets, by those over all processes' targets.

        Returns `sums` added up over the processes; the last but one of them is what the targets weigh.
        """
        if self.size == 1:
            return sums
        flat = [torch.zeros_like(p).flatten() if p.grad is None else p.grad.flatten() for p in parameters]
        weight = sums[-2].to(flat[0].dtype)
        message = torch.cat([*(part * weight for part in flat), sums.to(flat[0].dtype)])
        distributed.all_reduce(message)
        total = message[-sums.numel() :].to(sums.dtype)
        mean = message / total[-2].clamp_min(torch.finfo(message.dtype).tiny).to(message.dtype)
        place = 0
        for parameter in parameters:
            parameter.grad = mean[place : place + parameter.numel()].view_as(parameter).clone()
            place += parameter.numel()
        return total

    def sum(self, values: Tensor) -> Tensor:
        """Return the sum of `values` over all processes."""
        if self.size > 1:
            distributed.all_reduce(values)
        return values

    def share(self, content: bytes, device: torch.device) -> bytes:
        """Return the first process's `content`, on whatever machine this one runs."""
        if self.size == 1:
            return content
        length = torch.tensor([len(content)], device=device)
        distributed.broadcast(length, 0)
        data = torch.zeros(int(length), dtype=torch.uint8, device=device)
        if self.leads and content:
            data = torch.frombuffer(bytearray(content), dtype=torch.uint8).to(device)
        if int(length):
            distributed.broadcast(data, 0)
        return data.cpu().numpy().tobytes()


@contextmanager
def together(device: torch.device) -> Iterator[Team]:
    """Yield the team of this process: the others that torchrun started, or itself alone."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team()
        return
    ours = not distributed.is_initialized()
    if ours:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(distributed.get_rank(), size)
    finally:
        if ours:
            distributed.destroy_process_group()
