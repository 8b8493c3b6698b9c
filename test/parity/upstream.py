"""upstream.py FOLDER NAME: the answers of upstream's own files to the cases of a folder (upstream_losses.py).

Upstream returns means over a batch, so every image is computed alone as well. `loss` is the whole of an image, the
weighted parts are what upstream returns of it, the others what its dice function does; `total` is the number that
`grad` is the gradient of.
"""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from cases import Inputs, answer
from torch import Tensor
from upstream_losses import LOSSES, Observed

# What both do and neither lets choose: a case that wants something else is a mistake.
FIXED = {
    "text_threshold": 0,
    "binarize_labels": True,
    "fallback_mask": "nonzero",
    "kernel_training_mask": "value",
    "negative_pool": "all",
    "empty_images": "include",
}
DEFAULTS = {
    "alpha": 0.7,
    "ohem_ratio": 3,
    "kernel_sample_mask": "pred",
    "eps": 1e-3,
    "reduction": "mean",
    "align_corners": False,
}


def answer_case(loss: Callable[..., Observed], inputs: Inputs, options: dict) -> dict[str, Tensor]:
    options = {"upsample": loss.own_upsampling, **DEFAULTS, **options}
    options.setdefault("kernel_weight", 1 - options["alpha"])
    for name, value in {**FIXED, **loss.fixed}.items():
        if options.get(name, value) != value:
            raise ValueError(f"{name} is always {value}, a case asks for {options[name]}")

    maps, *labels = inputs
    with precision(maps.dtype):
        leaf = maps.detach().requires_grad_()
        labels = [label.to(maps.dtype) if label.is_floating_point() else label for label in labels]
        batch = compute(loss, leaf, labels, options)
        total = batch.loss_text + batch.loss_kernel
        if loss.sum_is_mean and options["reduction"] == "sum":
            total = len(maps) * total
        (grad,) = torch.autograd.grad(total, leaf)
        images = [
            compute(loss, leaf[[i]], [label[[i]] for label in labels], options)
            for i in range(len(maps))
        ]
    text_mask, kernel_mask, *others = batch.masks
    assert all(torch.equal(mask, kernel_mask) for mask in others)
    return {
        "loss": torch.stack([image.loss_text + image.loss_kernel for image in images]),
        "loss_text": torch.stack([image.dices[0].squeeze() for image in images]),
        "weighted_text": torch.stack([image.loss_text for image in images]),
        "weighted_kernels": torch.stack([image.loss_kernel for image in images]),
        "loss_per_kernel": torch.stack(
            [torch.stack(image.dices[1:]).flatten() for image in images]
        ),
        "selected_mask": text_mask.to(maps.dtype),
        "kernel_mask": kernel_mask.to(maps.dtype),
        "total": total,
        "returned": torch.stack([batch.loss_text, batch.loss_kernel]),
        "grad": grad,
    }


def compute(
    loss: Callable[..., Observed], maps: Tensor, labels: list[Tensor], options: dict
) -> Observed:
    """Where another upsampling than upstream's own is asked for, it stands in front, and upstream's has nothing to do."""
    gt_texts, gt_kernels, training_masks = labels
    size = gt_texts.shape[1:]
    upsample, align_corners = options["upsample"], options["align_corners"]
    if upsample == "nearest":
        maps = F.interpolate(maps, size=size, mode="nearest")
    elif upsample == "bilinear" and (align_corners or loss.own_upsampling != "bilinear"):
        maps = F.interpolate(maps, size=size, mode="bilinear", align_corners=align_corners)
    if upsample == "none" and maps.shape[2:] != size:
        raise ValueError(f"maps of {maps.shape[2:]} and labels of {size}")
    # Upstream wants as many kernels as are predicted.
    return loss(maps, gt_texts, gt_kernels[:, : maps.shape[1] - 1], training_masks, options)


@contextmanager
def precision(dtype: torch.dtype) -> Iterator[None]:
    """In double, upstream's own casts to float32 are lifted: they would round a sum plus eps to float32."""
    before, cast = torch.get_default_dtype(), Tensor.float
    torch.set_default_dtype(dtype)
    if dtype == torch.float64:
        Tensor.float = Tensor.double
    try:
        yield
    finally:
        torch.set_default_dtype(before)
        Tensor.float = cast


if __name__ == "__main__":
    # Upstream warns of every image on which OHEM falls back.
    warnings.filterwarnings("ignore", "pos_num = 0")
    folder, name = sys.argv[1:]
    answer(Path(folder), partial(answer_case, LOSSES[name]()))
