"""The cases of a test: read from a folder, the results written beside them (cases.ts is the other end)."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

Inputs = tuple[Tensor, Tensor, Tensor, Tensor]


def answer(folder: Path, compute: Callable[[Inputs, dict], dict[str, Tensor]]) -> None:
    """Computes every case of cases.json: a list of {input, precision, labels, options, output}."""
    for case in json.loads((folder / "cases.json").read_text()):
        inputs = read_inputs(case["input"], case["precision"], case.get("labels"))
        results = compute(inputs, case["options"])
        np.savez(
            case["output"], **{name: value.detach().numpy() for name, value in results.items()}
        )


def read_inputs(file: str, precision: str, labels: str | None = None) -> Inputs:
    """maps in the precision; gt_texts, gt_kernels and training_masks as they are, or converted to the dtype `labels`"""
    with np.load(file) as arrays:
        maps, *targets = (
            torch.from_numpy(arrays[name])
            for name in ("maps", "gt_texts", "gt_kernels", "training_masks")
        )
    dtype = getattr(torch, precision)
    # numpy has no bfloat16: halves travel as their bits.
    maps = maps.view(dtype) if maps.dtype == torch.uint16 else maps.to(dtype)
    if labels is not None:
        targets = [target.to(getattr(torch, labels)) for target in targets]
    return (maps, *targets)
