"""Dtypes, layouts, memory and threads: what may change without changing a bit."""

from collections.abc import Callable

import torch
from torch import Tensor

from .batches import (
    FLOATS,
    HALVES,
    LABELS,
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
from .checking import check, expect_same


@check("return no memory of an input")
def _() -> None:
    for name, inputs, options in variations(torch.float32, torch.float64):
        maps, *labels = inputs
        # In the dtype of the loss and without text: OHEM hands the training mask through.
        labels = [label.to(maps.dtype) for label in labels]
        labels[0].zero_()
        expect_own_memory(name, (maps, *labels), value_and_grad, {**options, "return_mask": True})
    for name, _, inputs, options in compact_variations(torch.float32):
        expect_own_memory(name, inputs, compact_value_and_grad, options)
    maps, *labels = batch(torch.float32, torch.float32, scale=1, empty=2)
    for how in ("value", "nonzero"):
        # Of a mask of ones both are the mask itself.
        for mask in (labels[2], torch.ones_like(labels[2])):
            expect_own_memory(
                how,
                (maps[:, 0], labels[0], mask),
                lambda inputs, **options: {"mask": torch.ops.pse.ohem_batch(*inputs, **options)},
                {"fallback_mask": how},
            )


def compact_value_and_grad(inputs: Inputs, **options) -> dict[str, Tensor]:
    return value_and_grad(inputs, loss_compact, **options)


def expect_own_memory(what: str, inputs: Inputs, call: Callable, options: dict) -> None:
    before = [value.clone() for value in inputs]
    results = call(inputs, **options)
    owned = {value.untyped_storage().data_ptr() for value in inputs}
    for name, value in results.items():
        assert value.untyped_storage().data_ptr() not in owned, f"{what}: {name}"
        value.detach().fill_(7)
    assert all(map(torch.equal, inputs, before)), what


@check("know shapes and dtypes without data")
def _() -> None:
    for name, inputs, options in variations(*FLOATS):
        for return_mask in (False, True):
            expect_same_shapes(name, inputs, loss, {**options, "return_mask": return_mask})
    for name, _, inputs, options in compact_variations(torch.float16, torch.float64):
        expect_same_shapes(name, inputs, loss_compact, options)


def expect_same_shapes(what: str, inputs: Inputs, call: Callable, options: dict) -> None:
    for images in (0, len(inputs[0])):
        each = with_grad(tuple(value[:images] for value in inputs))
        real = call(each, **options)
        meta_each = with_grad(tuple(value.to("meta") for value in each))
        meta = call(meta_each, **options)
        for name, value in real.items():
            expected = value.shape, value.dtype, value.stride()
            actual = meta[name].shape, meta[name].dtype, meta[name].stride()
            assert actual == expected, f"{what}: {name}: {actual} is not {expected}"
            assert meta[name].device.type == "meta"
            wide = torch.float64 if each[0].dtype == torch.float64 else torch.float32
            assert value.dtype == (torch.float32 if name == "selected_mask" else wide)
        for maps, results in ((each[0], real), (meta_each[0], meta)):
            (grad,) = torch.autograd.grad(results["loss"].sum(), maps)
            assert (grad.shape, grad.dtype) == (maps.shape, maps.dtype)


@check("widen half maps to float32")
def _() -> None:
    for name, inputs, options in variations(*HALVES):
        maps, *labels = inputs
        # Both steps of sigmoid-half, which half maps share with float32.
        maps[0, 0, 0, :2] = torch.tensor([2.0**-24, 2.0**-23])
        options = {**options, "return_mask": True}
        narrow = value_and_grad((maps, *labels), **options)
        wide = value_and_grad((maps.float(), *labels), **options)
        wide["grad"] = wide["grad"].to(maps.dtype)
        expect_same(name, narrow, wide)


@check("read labels of every dtype alike")
def _() -> None:
    for options in ({}, {"binarize_labels": True}, {"upsample": "bilinear"}):
        maps, *labels = batch(torch.float32)
        expected = value_and_grad((maps, *labels), return_mask=True, **options)
        for dtype in LABELS:
            converted = (label.to(dtype) for label in labels)
            actual = value_and_grad((maps, *converted), return_mask=True, **options)
            expect_same(f"{options}, {dtype}", actual, expected)


@check("take numbers of instances for text where labels are made binary")
def _() -> None:
    maps, gt_texts, gt_kernels, training_masks = batch(torch.float32, torch.int32)
    numbers = torch.arange(1, 1 + gt_texts.shape[-1], dtype=torch.int32)
    numbered = maps, gt_texts * numbers, gt_kernels * numbers, training_masks
    expected = value_and_grad((maps, gt_texts, gt_kernels, training_masks))
    expect_same("numbers", value_and_grad(numbered, binarize_labels=True), expected)


def reverse(x: Tensor) -> Tensor:
    return x.permute(*reversed(range(x.ndim)))


# Strides that other kernels of ATen may read: its bilinear interpolation has one for channels last.
LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "dimensions in reverse order": lambda x: reverse(reverse(x).contiguous()),
    "channels last": lambda x: x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x,
    "every second element": lambda x: torch.stack([x, 1 - x], dim=-1)[..., 0],
    "the second half": lambda x: torch.cat([1 - x, x])[len(x) :],
    "a view that negates": lambda x: torch._neg_view(-x) if x.dtype.is_floating_point else x,
}


@check("read strided inputs alike")
def _() -> None:
    for name, inputs, options in variations(*FLOATS):
        options = {**options, "return_mask": True}
        expected = value_and_grad(inputs, **options)
        for layout, apply in LAYOUTS.items():
            strided = tuple(map(apply, inputs))
            expect_same(f"{name}, {layout}", value_and_grad(strided, **options), expected)
    maps, *labels = batch(torch.float32)
    inputs = maps, fold(labels, 2)
    expected = value_and_grad(inputs, loss_compact, scale=2)
    for layout, apply in LAYOUTS.items():
        strided = tuple(map(apply, inputs))
        expect_same(f"counts, {layout}", value_and_grad(strided, loss_compact, scale=2), expected)


@check("interpolate wide maps in any layout alike")
def _() -> None:
    # ATen chooses by size, number of channels and threads; this is large enough for every way it has.
    random = torch.Generator().manual_seed(7)
    for kernels in (2, 6):
        maps = torch.randn(2, 1 + kernels, 40, 36, generator=random)
        labels = [torch.rand(2, *k, 160, 144, generator=random).round() for k in ((), (kernels,), ())]
        for align_corners in (False, True):
            options = {"upsample": "bilinear", "align_corners": align_corners, "return_mask": True}
            expected = value_and_grad((maps, *labels), **options)
            for layout, apply in LAYOUTS.items():
                actual = value_and_grad((apply(maps), *labels), **options)
                expect_same(f"{kernels} kernels, {layout}", actual, expected)


@check("give the same bits on one thread and on two")
def _() -> None:
    random = torch.Generator().manual_seed(5)
    maps = torch.randn(1, 3, 80, 90, generator=random)
    labels = [torch.rand(1, *k, 320, 360, generator=random) for k in ((), (2,), ())]
    binary = [label.round().byte() for label in labels]
    for call, inputs, options in (
        (loss, (maps, *labels), {}),
        (loss, (maps, *labels), {"upsample": "bilinear", "binarize_labels": True}),
        (loss_compact, (maps, fold(binary, 4)), {"scale": 4}),
    ):
        expect_same(f"{options}", *(on_threads(n, inputs, call, options) for n in (1, 2)))


def on_threads(count: int, inputs: Inputs, call: Callable, options: dict) -> dict[str, Tensor]:
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(count)
        return value_and_grad(inputs, call, **options)
    finally:
        torch.set_num_threads(threads)
