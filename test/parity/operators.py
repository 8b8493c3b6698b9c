"""operators.py FOLDER LIBRARY: the operators as PyTorch users load them.

Answers the cases of the folder, then tries every check of operator_checks/ and prints, as JSON, why each failed:
null if it did not.
"""

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import torch
from cases import Inputs, answer
from operator_checks import CHECKS
from operator_checks.batches import HALVES, value_and_grad
from torch import Tensor


def compute(inputs: Inputs, options: dict) -> dict[str, Tensor]:
    """The loss, its gradient, and where maps are as large as labels the parts by themselves."""
    maps, gt_texts, gt_kernels, training_masks = inputs
    results = value_and_grad(inputs, return_mask=True, **options)
    if maps.shape[2:] == gt_texts.shape[1:]:
        texts, eps = maps[:, 0], options.get("eps", 1e-6)
        results["dice"] = torch.ops.pse.dice_loss(texts, gt_texts, training_masks, eps=eps)
        ohem_ratio = options.get("ohem_ratio", 3.0)
        results["ohem"] = torch.ops.pse.ohem_batch(texts, gt_texts, training_masks, ohem_ratio=ohem_ratio)
        results["iou"] = torch.ops.pse.iou(gt_kernels[:, -1], gt_texts, training_masks)
    # numpy has no bfloat16: halves travel as their bits.
    return {
        name: value.view(torch.uint16) if value.dtype in HALVES else value
        for name, value in results.items()
    }


def reason(function: Callable[[], None]) -> str | None:
    try:
        function()
    except Exception:
        return traceback.format_exc()
    return None


def main() -> None:
    folder, library = sys.argv[1:]
    torch.ops.load_library(library)
    answer(Path(folder), compute)
    print(json.dumps({name: reason(function) for name, function in CHECKS.items()}))


if __name__ == "__main__":
    main()
