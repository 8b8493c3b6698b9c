"""What the checks try the operators with: batches, variations of them with options, and the results by name."""

from collections.abc import Callable, Iterator
from itertools import product

import torch
from torch import Tensor

Inputs = tuple[Tensor, ...]  # maps, then the labels: three, or their counts
Results = dict[str, Tensor]

HALVES = (torch.float16, torch.bfloat16)
FLOATS = (torch.float32, torch.float64, *HALVES)
LABELS = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, *FLOATS)
LOSSES = ("loss", "loss_text", "loss_kernels")
COMPACT_RESULTS = (*LOSSES, "iou_text", "iou_kernel", "loss_per_kernel")
RESULTS = (*COMPACT_RESULTS, "selected_mask")


def loss(inputs: Inputs, **options) -> Results:
    return dict(zip(RESULTS, torch.ops.pse.loss(*inputs, **options), strict=True))


def loss_compact(inputs: Inputs, **options) -> Results:
    """With `scale` among the options."""
    return dict(zip(COMPACT_RESULTS, torch.ops.pse.loss_compact(*inputs, **options), strict=True))


def value_and_grad(inputs: Inputs, call: Callable[..., Results] = loss, **options) -> Results:
    """The results and the gradient of the sum of the losses."""
    maps, *labels = inputs
    maps = maps.detach().requires_grad_()
    results = call((maps, *labels), **options)
    (grad,) = torch.autograd.grad(results["loss"].sum(), maps)
    return {**results, "grad": grad}


def with_grad(inputs: Inputs) -> Inputs:
    return (inputs[0].clone().requires_grad_(), *inputs[1:])


def batch(
    dtype: torch.dtype = torch.float64,
    labels: torch.dtype = torch.uint8,
    images: int = 2,
    kernels: int = 3,
    gt_kernels: int | None = None,
    scale: int = 2,
    size: tuple[int, int] | None = None,
    empty: int = 0,
    soft: bool = False,
    fractional: bool = False,
) -> Inputs:
    """Logits in steps of 0.05 in a random order, none of them 0: no small change moves one past another.

    The first `empty` images have no text, `soft` is about the targets and `fractional` about the masks: in quarters.
    """
    random = torch.Generator().manual_seed(images + 10 * kernels + 100 * scale)
    height, width = 5, 4
    count = images * (1 + kernels) * height * width
    steps = torch.linspace(-count / 40, count / 40, count + count % 2, dtype=torch.float64)[:count]
    maps = steps[torch.randperm(count, generator=random)].view(images, 1 + kernels, height, width)
    label_size = size or (height * scale, width * scale)

    def draw(*shape: int, chance: float, quarters: bool) -> Tensor:
        whole = torch.rand(*shape, generator=random) < chance
        parts = torch.randint(0, 5, shape, generator=random) / 4
        return (parts if quarters else whole).to(labels)

    gt_texts = draw(images, *label_size, chance=0.4, quarters=soft)
    gt_texts[:empty] = 0
    targets = draw(images, gt_kernels or kernels, *label_size, chance=0.4, quarters=soft)
    masks = draw(images, *label_size, chance=0.8, quarters=fractional)
    return maps.to(dtype), gt_texts, targets, masks


def fold(labels: tuple[Tensor, ...], scale: int, dtype: torch.dtype = torch.int64) -> Tensor:
    """The counts of binary labels, [N, 3 + 2Kg, h, w]."""
    gt_texts, gt_kernels, training_masks = (label.long() for label in labels)
    g, m = gt_texts[:, None], training_masks[:, None]
    planes = torch.cat([g, m, m * g, m * gt_kernels, m * g * gt_kernels], dim=1)
    rows, columns = (length // scale for length in planes.shape[-2:])
    return planes.unflatten(3, (columns, scale)).unflatten(2, (rows, scale)).sum((3, 5)).to(dtype)


# Every option, each on a batch where it matters: name, batch, options.
VARIATIONS: tuple[tuple[str, dict, dict], ...] = (
    ("as they are", {}, {}),
    ("gt", {"scale": 4, "gt_kernels": 4}, {"kernel_sample_mask": "gt"}),
    (
        "union",
        {"labels": torch.float32, "soft": True},
        {"kernel_sample_mask": "union", "text_threshold": 0.51},
    ),
    ("no text", {"labels": torch.float32, "empty": 2}, {}),
    (
        "numbers",
        {"labels": torch.float32, "images": 1, "kernels": 1, "scale": 1, "fractional": True},
        {"alpha": 0.25, "kernel_weight": 2.0, "ohem_ratio": 0.5, "text_threshold": 0.51, "eps": 1e-3},
    ),
    ("eps in the numerator", {}, {"eps": 0.1, "eps_in_numerator": True}),
    ("binarized", {"labels": torch.float32, "soft": True}, {"binarize_labels": True}),
    (
        "nonzero",
        {"labels": torch.float32, "empty": 1, "fractional": True},
        {"fallback_mask": "nonzero"},
    ),
    (
        "above half",
        {"labels": torch.float32, "fractional": True},
        {"kernel_training_mask": "above-half"},
    ),
    ("bilinear", {"size": (11, 9)}, {"upsample": "bilinear"}),
    ("corners", {"size": (12, 7)}, {"upsample": "bilinear", "align_corners": True}),
    ("smaller", {"size": (4, 3)}, {"upsample": "bilinear"}),
    ("none", {"scale": 1, "gt_kernels": 5}, {"upsample": "none"}),
    ("valid", {"images": 3}, {"negative_pool": "valid", "ohem_ratio": 2.0}),
    ("skip", {"empty": 1}, {"empty_images": "skip"}),
    (
        "mmocr",
        {"labels": torch.float32, "size": (10, 13), "soft": True, "fractional": True, "empty": 1},
        {
            "upsample": "bilinear",
            "text_threshold": 0.0,
            "eps": 1e-3,
            "binarize_labels": True,
            "fallback_mask": "nonzero",
        },
    ),
)


def variations(*dtypes: torch.dtype) -> Iterator[tuple[str, Inputs, dict]]:
    """What most checks go through: (name, inputs, options)."""
    for dtype in dtypes:
        for name, size, options in VARIATIONS:
            yield f"{name}, {dtype}", batch(dtype, **size), options


# The options that compact labels know, likewise.
COMPACT_OPTIONS: tuple[dict, ...] = (
    {},
    {"kernel_sample_mask": "gt", "negative_pool": "valid"},
    {"kernel_sample_mask": "union", "text_threshold": 0.51, "empty_images": "skip"},
    {"alpha": 0.25, "kernel_weight": 2.0, "ohem_ratio": 0.5, "eps": 0.1, "eps_in_numerator": True},
)


def compact_variations(*dtypes: torch.dtype) -> Iterator[tuple[str, Inputs, Inputs, dict]]:
    """(name, maps and labels, maps and counts, options and the scale)."""
    for dtype, scale, empty, options in product(dtypes, (1, 2, 4, 16), (0, 1), COMPACT_OPTIONS):
        inputs = batch(dtype, scale=scale, gt_kernels=4, empty=empty)
        counts = fold(inputs[1:], scale, torch.uint16 if scale > 15 else torch.uint8)
        name = f"{options}, {dtype}, scale {scale}, {empty} without text"
        yield name, inputs, (inputs[0], counts), {**options, "scale": scale}
