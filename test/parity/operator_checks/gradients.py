"""Derivatives: that they are right, of what, by what, and how often."""

import torch
from torch import Tensor

from .batches import (
    HALVES,
    LOSSES,
    Inputs,
    batch,
    compact_variations,
    fold,
    loss,
    loss_compact,
    value_and_grad,
    variations,
    with_grad,
)
from .checking import check, expect_error, expect_same
from .packed import backward, pack


def gradcheck(what: str, call, inputs: Inputs, check_gradient=torch.autograd.gradcheck) -> None:
    maps, *others = inputs
    maps = maps.clone().requires_grad_()
    assert check_gradient(lambda x: call(x, *others), (maps,), atol=1e-9, rtol=1e-6), what


@check("pass gradcheck in float64")
def _() -> None:
    for name, inputs, options in variations(torch.float64):
        call = torch.ops.pse.loss
        gradcheck(name, lambda *each: call(*each, **options)[:3], inputs)
    for name, _, inputs, options in compact_variations(torch.float64):
        # The others have the same bits: compact.py.
        if options["scale"] != 4:
            continue
        call = torch.ops.pse.loss_compact
        gradcheck(name, lambda *each: call(*each, **options)[:3], inputs)


@check("differentiate a dice loss by itself, twice if asked")
def _() -> None:
    maps, gt_texts, _, training_masks = batch(labels=torch.float64, scale=1, soft=True)
    for options in ({}, {"eps": 0.1, "eps_in_numerator": True}):
        for check_gradient in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
            inputs = maps[:, 0], gt_texts, training_masks
            gradcheck(
                f"{options}",
                lambda *each: torch.ops.pse.dice_loss(*each, **options),
                inputs,
                check_gradient,
            )


@check("differentiate each part by its own weight")
def _() -> None:
    inputs = with_grad(batch())
    maps = inputs[0]
    results = loss(inputs, alpha=0.25, kernel_weight=2.0)
    parts = {name: torch.autograd.grad(results[name].sum(), maps, retain_graph=True)[0] for name in LOSSES}
    assert parts["loss_text"][:, 0].any() and not parts["loss_text"][:, 1:].any()
    assert parts["loss_kernels"][:, 1:].any() and not parts["loss_kernels"][:, 0].any()
    weighted = 0.25 * parts["loss_text"] + 2.0 * parts["loss_kernels"]
    torch.testing.assert_close(parts["loss"], weighted, rtol=1e-14, atol=0)


@check("give skipped images no gradient, and the others theirs")
def _() -> None:
    inputs = batch(empty=1)
    skipped = value_and_grad(inputs, empty_images="skip")
    included = value_and_grad(inputs)
    for name in (*LOSSES, "iou_text", "iou_kernel", "loss_per_kernel", "grad"):
        assert not skipped[name][0].any(), name
        assert torch.equal(skipped[name][1:], included[name][1:]), name
    assert included["loss_text"][0] == 1 and included["grad"][0].any()


@check("refuse a second derivative in words")
def _() -> None:
    maps, *labels = with_grad(batch())
    words = "derivative for pse::_loss_backward is not implemented"
    for total in (
        loss((maps, *labels))["loss"].sum(),
        loss((maps, *labels), upsample="bilinear")["loss"].sum(),
        loss_compact((maps, fold(labels, 2)), scale=2)["loss"].sum(),
    ):
        (grad,) = torch.autograd.grad(total, maps, create_graph=True)
        expect_error(words, lambda: grad.sum().backward())


@check("give gradients to the losses alone")
def _() -> None:
    maps, *labels = batch()
    for call, inputs, options in (
        (loss, (maps, *labels), {"return_mask": True}),
        (loss_compact, (maps, fold(labels, 2)), {"scale": 2}),
    ):
        results = call(with_grad(inputs), **options)
        needing = {name for name, value in results.items() if value.requires_grad}
        assert needing == set(LOSSES), needing
        with torch.no_grad():
            without = call(with_grad(inputs), **options)
        for results in (call(inputs, **options), without):
            assert not any(value.requires_grad for value in results.values())
    texts = maps[:, 0].clone().requires_grad_()
    labels = [label.double().requires_grad_() for label in batch(scale=1)[1:]]
    dice = torch.ops.pse.dice_loss(texts, labels[0].detach(), labels[2].detach())
    selection = torch.ops.pse.ohem_batch(texts, labels[0], labels[2])
    iou = torch.ops.pse.iou(texts, labels[0], labels[2])
    assert [each.requires_grad for each in (dice, selection, iou)] == [True, False, False]


@check("give no gradient to labels")
def _() -> None:
    maps, *labels = with_grad(batch(labels=torch.float64))
    for label in labels:
        label.requires_grad_()
    loss((maps, *labels))["loss"].sum().backward()
    assert maps.grad is not None and all(label.grad is None for label in labels)


@check("refuse inputs that were modified before backward")
def _() -> None:
    words = "modified by an inplace operation"
    for i in range(4):
        inputs = with_grad(batch(labels=torch.float64))
        total = loss(inputs)["loss"].sum()
        add_one(inputs[i])
        expect_error(words, total.backward)
    for i in range(2):
        maps, *labels = batch()
        inputs = with_grad((maps, fold(labels, 2)))
        total = loss_compact(inputs, scale=2)["loss"].sum()
        add_one(inputs[i])
        expect_error(words, total.backward)
    results = loss(with_grad(batch()), return_mask=True)
    add_one(results["selected_mask"])
    results["loss"].sum().backward()  # no input, and not needed


def add_one(values: Tensor) -> None:
    with torch.no_grad():
        values.add_(1)


@check("give the gradient of half maps in float32 if asked")
def _() -> None:
    for dtype in HALVES:
        maps, *labels = batch(dtype)
        packed = pack(dtype, {})
        wide = backward((maps.float(), *labels), packed, None)
        expect_same(
            f"{dtype}",
            {
                "asked": backward((maps, *labels), packed, torch.float32),
                "not asked": backward((maps, *labels), packed, None),
            },
            {"asked": wide, "not asked": wide.to(dtype)},
        )
