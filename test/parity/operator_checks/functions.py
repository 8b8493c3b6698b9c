"""The parts of the loss by themselves: dice_loss, ohem_batch and iou."""

import torch

from .batches import FLOATS, HALVES, LABELS, batch, loss, variations
from .checking import check, expect_same
from .packed import pack


@check("make a dice loss of one factor's square and the other's")
def _() -> None:
    logits = torch.tensor([[0.0, 100.0, 3.0], [-100.0, 7.0, 0.0]], dtype=torch.float64)
    target = torch.tensor([[1.0, 1.0, torch.nan], [0.0, torch.inf, 1.0]], dtype=torch.float64)
    mask = torch.tensor([[1, 1, 0], [1, 0, 0]])
    # The first: a = 1/2 + 1, b = 1/4 + 1, c = 1 + 1. The second: a = b = c = 0.
    dice = torch.ops.pse.dice_loss
    expected = torch.tensor([1 - 2 * 1.5 / 3.25, 1], dtype=torch.float64)
    torch.testing.assert_close(dice(logits, target, mask, eps=1e-12), expected, rtol=0, atol=1e-11)
    actual = dice(logits, target, mask, eps=0.5, eps_in_numerator=True)
    expected = torch.tensor([1 - 2 * 2 / 4.25, 0], dtype=torch.float64)
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-15)


@check("make a dice loss of images of any shape, and of none")
def _() -> None:
    logits, target, mask = (torch.rand(3, 24).round(decimals=1) for _ in range(3))
    flat = torch.ops.pse.dice_loss(logits, target, mask)
    for shape in ((3, 24, 1), (3, 4, 6), (3, 2, 3, 4)):
        shaped = torch.ops.pse.dice_loss(*(each.view(shape) for each in (logits, target, mask)))
        assert torch.equal(shaped, flat), shape
    none = torch.ops.pse.dice_loss(*(each[:0] for each in (logits, target, mask)))
    assert none.shape == (0,)


@check("select the pixels that the loss selects, and find its IoU")
def _() -> None:
    for name, inputs, options in variations(*FLOATS):
        maps, gt_texts, _, training_masks = inputs
        if maps.shape[2:] != gt_texts.shape[1:]:
            continue
        of_loss = loss(inputs, return_mask=True, **options)
        mining = {
            key: options[key] for key in ("ohem_ratio", "negative_pool", "fallback_mask") if key in options
        }
        selection = torch.ops.pse.ohem_batch(maps[:, 0], gt_texts, training_masks, **mining)
        iou = torch.ops.pse.iou(maps[:, 0].gt(0).to(maps.dtype), gt_texts, training_masks)
        expect_same(
            name,
            {"selected_mask": selection, "iou_text": iou},
            {key: of_loss[key] for key in ("selected_mask", "iou_text")},
        )


@check("fall back to the training mask, as it is or as 1 where it is not 0")
def _() -> None:
    maps, _, _, training_masks = batch(labels=torch.float32, scale=1, fractional=True)
    nothing = torch.zeros_like(training_masks)
    ohem_batch = torch.ops.pse.ohem_batch
    as_it_is = ohem_batch(maps[:, 0], nothing, training_masks)
    as_ones = ohem_batch(maps[:, 0], nothing, training_masks, fallback_mask="nonzero")
    assert torch.equal(as_it_is, training_masks) and as_it_is is not training_masks
    assert torch.equal(as_ones, training_masks.ne(0).float()) and not torch.equal(as_ones, as_it_is)


@check("average an IoU over the classes, absent ones too")
def _() -> None:
    a = torch.tensor([[0, 1, 1, 2, 2, 5]])
    b = torch.tensor([[0, 1, 0, 2, 1, 5]])
    mask = torch.tensor([[1, 1, 1, 1, 255, 1]])
    # Of class 0 one of two, of class 1 one of two, of class 2 one of one; class 3 is nowhere.
    for n_class, sum_ in ((1, 0.5), (2, 1), (3, 2), (4, 2)):
        actual = torch.ops.pse.iou(a.double(), b, mask, n_class=n_class)
        expected = torch.tensor([sum_ / n_class], dtype=torch.float64)
        torch.testing.assert_close(actual, expected, rtol=0, atol=1e-6)
    assert torch.ops.pse.iou(a, b, mask * 0).item() == 0


@check("give parts in float64 for float64, else in float32, of labels of every dtype alike")
def _() -> None:
    for dtype in FLOATS:
        expected = parts(*batch(dtype, scale=1))
        for name in ("dice", "iou"):
            wide = torch.float64 if dtype == torch.float64 else torch.float32
            assert expected[name].dtype == wide, f"{dtype}: {name}"
        assert expected["selection"].dtype == torch.float32
        for labels in LABELS:
            expect_same(f"{dtype}, {labels}", parts(*batch(dtype, labels, scale=1)), expected)
    for dtype in HALVES:
        maps, *labels = batch(dtype, scale=1)
        expect_same(f"{dtype}", parts(maps, *labels), parts(maps.float(), *labels))


def parts(maps, gt_texts, _, training_masks) -> dict[str, torch.Tensor]:
    texts = maps[:, 0]
    return {
        "dice": torch.ops.pse.dice_loss(texts, gt_texts, training_masks),
        "selection": torch.ops.pse.ohem_batch(texts, gt_texts, training_masks),
        "iou": torch.ops.pse.iou(texts.gt(0).to(texts.dtype), gt_texts, training_masks),
    }


@check("hand out the masks of both dice losses")
def _() -> None:
    for name, inputs, options in variations(*FLOATS):
        maps, *labels = inputs
        packed = pack(maps.dtype, options)
        selected_mask, kernel_mask = torch.ops.pse._loss_masks(maps, labels, **packed)
        expected = loss(inputs, return_mask=True, **options)["selected_mask"]
        assert torch.equal(selected_mask, expected), name
        assert (kernel_mask.shape, kernel_mask.dtype) == (expected.shape, expected.dtype), name
        if packed["choices"][0] == 1:
            assert torch.equal(kernel_mask, (labels[0] * labels[2]).float()), name
