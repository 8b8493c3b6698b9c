"""The cases of a test: read from a folder, the results written beside them (cases.ts is the other end)."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

Inputs = tuple[Tensor, Tensor, Tensor, Tensor]


def answer(folder: Path, compute: Callable[[Inputs, dict], dict[str, Tensor]]) -> None:
    """Computes every case of cases.json: a list of {input, precision, options, output}."""
    for case in json.loads((folder / "cases.json").read_text()):
        results = compute(read_inputs(case["input"], case["precision"]), case["options"])
        np.savez(case["output"], **{name: value.detach().numpy() for name, value in results.items()})


def read_inputs(file: str, precision: str) -> Inputs:
    """maps, converted to the precision; gt_texts, gt_kernels and training_masks as they are"""
    with np.load(file) as arrays:
        maps, *labels = (
            torch.from_numpy(arrays[name])
            for name in ("maps", "gt_texts", "gt_kernels", "training_masks")
        )
    return (maps.to(getattr(torch, precision)), *labels)
