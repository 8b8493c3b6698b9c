"""Counts of binary labels give what the labels themselves give."""

import torch

from .batches import (
    FLOATS,
    Inputs,
    Results,
    batch,
    compact_variations,
    fold,
    loss,
    loss_compact,
    value_and_grad,
)
from .checking import check, expect_same

COUNTS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.uint16)


def of_labels(inputs: Inputs, **options) -> Results:
    """What counts have to give: everything but the mask."""
    results = value_and_grad(inputs, loss, **options)
    results.pop("selected_mask")
    return results


@check("give the bits of labels for their counts")
def _() -> None:
    for name, inputs, compact, options in compact_variations(*FLOATS):
        actual = value_and_grad(compact, loss_compact, **options)
        options.pop("scale")
        expect_same(name, actual, of_labels(inputs, **options))


@check("read counts of every integer dtype alike")
def _() -> None:
    maps, *labels = batch(torch.float32)
    expected = of_labels((maps, *labels))
    for dtype in COUNTS:
        compact = maps, fold(labels, 2, dtype)
        expect_same(f"{dtype}", value_and_grad(compact, loss_compact, scale=2), expected)


@check("give the bits of labels for counts where logits are infinite or NaN")
def _() -> None:
    maps, *labels = batch(torch.float32, images=4)
    maps[0, 0, 0, :2] = torch.tensor([torch.inf, -torch.inf])
    maps[1, 0, 1, 1] = torch.nan
    maps[2, 2, 3, :2] = torch.tensor([torch.nan, torch.inf])
    maps[3, 1] = -torch.inf
    counts = fold(labels, 2)
    for options in ({}, {"kernel_sample_mask": "union", "negative_pool": "valid"}):
        expected = of_labels((maps, *labels), **options)
        actual = value_and_grad((maps, counts), loss_compact, scale=2, **options)
        expect_same(f"{options}", actual, expected)
        assert not expected["loss_text"].isnan().all() and expected["loss"][1].isnan()
