"""Muon (Jordan et al., 2024) for the matrices of the blocks: momentum, made orthogonal before each step."""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic iteration, as published


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters: list[nn.Parameter], lr: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure=None) -> None:  # type: ignore[override]
        """Matrices of one shape are made orthogonal together, since small ones leave most of a GPU idle."""
        for group in self.param_groups:
            alike: defaultdict[tuple[int, ...], list[nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[tuple(parameter.shape)].append(parameter)
            for (rows, columns), parameters in alike.items():
                for parameter in parameters:
                    if "average" not in self.state[parameter]:
                        self.state[parameter]["average"] = torch.zeros_like(parameter)
                averages = [self.state[parameter]["average"] for parameter in parameters]
                gradients = [parameter.grad for parameter in parameters]
                torch._foreach_lerp_(averages, gradients, 1 - group["momentum"])
                moved = torch._foreach_lerp(gradients, averages, group["momentum"])
                updates = orthogonal(torch.stack(list(moved)))
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["decay"])
                torch._foreach_add_(parameters, updates.unbind(), alpha=-group["lr"] * max(1.0, rows / columns) ** 0.5)


def orthogonal(matrices: Tensor, steps: int = 5) -> Tensor:
    """Nearly the orthogonal matrices that are closest to these, by Newton and Schulz's iteration."""
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
