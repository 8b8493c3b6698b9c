"""Schemas, and what torch.library.opcheck asks of an operator."""

from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, product

import torch

from .batches import (
    FLOATS,
    LABELS,
    Inputs,
    batch,
    compact_variations,
    variations,
    with_grad,
)
from .checking import check
from .packed import backward_arguments, pack

OPTIONS = """float alpha=0.7, float? kernel_weight=None, float ohem_ratio=3.,
    str kernel_sample_mask="pred", float? text_threshold=None, float eps=1e-6,
    bool eps_in_numerator=False"""
RESULTS = """Tensor loss, Tensor loss_text, Tensor loss_kernels, Tensor iou_text, Tensor iou_kernel,
    Tensor loss_per_kernel"""
SCHEMAS = {
    "loss": f"""(Tensor maps, Tensor gt_texts, Tensor gt_kernels, Tensor training_masks, *, {OPTIONS},
        bool binarize_labels=False, str fallback_mask="value", str kernel_training_mask="value",
        str upsample="nearest", bool align_corners=False, str negative_pool="all",
        str empty_images="include", bool return_mask=False) -> ({RESULTS}, Tensor selected_mask)""",
    "loss_compact": f"""(Tensor maps, Tensor counts, int scale, *, {OPTIONS}, str negative_pool="all",
        str empty_images="include") -> ({RESULTS})""",
    "_loss_forward": """(Tensor maps, Tensor[] labels, *, float[] numbers, int[] choices,
        bool return_mask) -> (Tensor loss_text, Tensor loss_per_kernel, Tensor iou_text,
        Tensor iou_kernel, Tensor selected_mask, Tensor coefficients)""",
    "_loss_backward": """(Tensor grad_dice, Tensor maps, Tensor[] labels, Tensor coefficients, *,
        float[] numbers, int[] choices, ScalarType? dtype) -> Tensor""",
    "_loss_masks": """(Tensor maps, Tensor[] labels, *, float[] numbers, int[] choices) ->
        (Tensor selected_mask, Tensor kernel_mask)""",
    "dice_loss": """(Tensor input, Tensor target, Tensor mask, *, float eps=1e-6,
        bool eps_in_numerator=False) -> Tensor""",
    "ohem_batch": """(Tensor scores, Tensor gt_texts, Tensor training_masks, *, float ohem_ratio=3.,
        str negative_pool="all", str fallback_mask="value") -> Tensor""",
    "iou": "(Tensor a, Tensor b, Tensor mask, *, int n_class=2) -> Tensor",
}


@check("have the schemas that are written down")
def _() -> None:
    for name, text in SCHEMAS.items():
        expected = torch._C.parse_schema(f"pse::{name}{' '.join(text.split())}")
        actual = getattr(torch.ops.pse, name).default._schema
        assert actual == expected, f"{actual}\nis not\n{expected}"
    registered = {
        name.removeprefix("pse::")
        for name in torch._C._dispatch_get_all_op_names()
        if name.startswith("pse::")
    }
    assert registered == set(SCHEMAS), registered


def opcheck(what: str, operator: Callable, arguments: tuple, options: dict) -> None:
    try:
        torch.library.opcheck(operator, arguments, options)
    except Exception as error:
        raise AssertionError(what) from error


def in_turn(of: Iterable[tuple[str, Inputs, dict]], dtypes=FLOATS) -> Iterator[tuple[str, Inputs, dict]]:
    """The same with the maps in one dtype after the other: all of them with each would take minutes."""
    for (name, (maps, *labels), options), dtype in zip(of, cycle(dtypes)):
        yield f"{name}, {dtype}", (maps.to(dtype), *labels), options


def counts(*scales: int) -> Iterator[tuple[str, Inputs, dict]]:
    for name, _, inputs, options in compact_variations(torch.float32):
        if options["scale"] in scales:
            yield name, inputs, options


def no_images(inputs: Inputs) -> Inputs:
    # As if there were nothing else: opcheck cannot copy an empty view.
    return tuple(value[:0].clone() for value in inputs)


@check("pass opcheck: pse::loss")
def _() -> None:
    operator = torch.ops.pse.loss.default
    for name, inputs, options in in_turn(variations(torch.float64)):
        opcheck(name, operator, with_grad(inputs), options)
    for name, inputs, options in in_turn(variations(torch.float32), FLOATS[::-1]):
        options = {**options, "return_mask": True}
        opcheck(f"{name}, no images", operator, with_grad(no_images(inputs)), options)
    for dtype, labels in product(FLOATS, LABELS):
        if dtype == torch.float32 or labels == torch.uint8:
            opcheck(f"{dtype}, {labels} labels", operator, batch(dtype, labels), {"return_mask": True})


@check("pass opcheck: pse::loss_compact")
def _() -> None:
    operator = torch.ops.pse.loss_compact.default
    for name, inputs, options in in_turn(counts(4, 16)):
        scale = options.pop("scale")
        opcheck(name, operator, (*with_grad(inputs), scale), options)
    for name, inputs, options in in_turn(counts(2)):
        scale = options.pop("scale")
        opcheck(f"{name}, no images", operator, (*with_grad(no_images(inputs)), scale), options)


@check("pass opcheck: pse::_loss_forward and pse::_loss_backward")
def _() -> None:
    for name, inputs, options in in_turn([*variations(torch.float64), *counts(2)]):
        maps, *labels = inputs
        packed = pack(maps.dtype, options)
        forward = {**packed, "return_mask": len(labels) == 3}
        opcheck(name, torch.ops.pse._loss_forward.default, (maps, labels), forward)
        backward = {**packed, "dtype": torch.float32 if maps.dtype == torch.float16 else None}
        arguments = backward_arguments(inputs, packed)
        opcheck(name, torch.ops.pse._loss_backward.default, arguments, backward)


@check("pass opcheck: pse::dice_loss, pse::ohem_batch and pse::iou")
def _() -> None:
    # Every dtype and every option in some company, two of the batches without images.
    for i, labels in enumerate(LABELS):
        dtype = FLOATS[i % len(FLOATS)]
        inputs = batch(dtype, labels, scale=1)
        if i % 5 == 4:
            inputs = no_images(inputs)
        maps, gt_texts, _, training_masks = inputs
        name = f"{dtype}, {labels} labels, {len(maps)} images"
        texts = maps[:, 0].clone(memory_format=torch.contiguous_format)
        differentiable = (texts.clone().requires_grad_(), gt_texts, training_masks)
        options = {"eps": 1e-3, "eps_in_numerator": i % 2 == 0}
        opcheck(name, torch.ops.pse.dice_loss.default, differentiable, options)
        options = {
            "ohem_ratio": 2.0,
            "negative_pool": ("all", "valid")[i % 2],
            "fallback_mask": ("value", "nonzero")[i // 2 % 2],
        }
        arguments = (texts, gt_texts, training_masks)
        opcheck(name, torch.ops.pse.ohem_batch.default, arguments, options)
        classes = (gt_texts, training_masks, training_masks)
        opcheck(name, torch.ops.pse.iou.default, classes, {"n_class": 3})
