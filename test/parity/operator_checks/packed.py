"""The operators that the public ones are made of, with the options packed as they travel."""

import torch

from .batches import Inputs

CHOICES = {
    "kernel_sample_mask": ("pred", "gt", "union"),
    "fallback_mask": ("value", "nonzero"),
    "kernel_training_mask": ("value", "above-half"),
    "upsample": ("nearest", "bilinear", "none"),
    "negative_pool": ("all", "valid"),
    "empty_images": ("include", "skip"),
    "eps_in_numerator": (False, True),
    "binarize_labels": (False, True),
    "align_corners": (False, True),
}


def pack(dtype: torch.dtype, options: dict) -> dict:
    """`numbers` and `choices`, of which the first is the default; `scale` is that of compact labels."""
    half = 1.5 * 2.0 ** (-53 if dtype == torch.float64 else -24)
    threshold = options.get("text_threshold", half)
    if dtype != torch.float64:
        threshold = torch.tensor(threshold, dtype=torch.float32).item()
    chosen = [known.index(options.get(name, known[0])) for name, known in CHOICES.items()]
    return {
        "numbers": [options.get("ohem_ratio", 3.0), options.get("eps", 1e-6), threshold],
        "choices": [*chosen, options.get("scale", 0)],
    }


def forward(inputs: Inputs, packed: dict, return_mask: bool = False):
    maps, *labels = inputs
    return torch.ops.pse._loss_forward(maps, labels, **packed, return_mask=return_mask)


def backward(inputs: Inputs, packed: dict, dtype: torch.dtype | None = None):
    """With respect to the sum of every channel's dice loss."""
    return torch.ops.pse._loss_backward(*backward_arguments(inputs, packed), **packed, dtype=dtype)


def backward_arguments(inputs: Inputs, packed: dict) -> tuple:
    maps, *labels = inputs
    *_, coefficients = forward(inputs, packed)
    grad_dice = torch.ones(maps.shape[:2], dtype=torch.float64)
    return grad_dice, maps, labels, coefficients
