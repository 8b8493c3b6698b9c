"""torch.compile and torch.export: one trace serves batches of other sizes."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch._dynamo.utils import counters

from .batches import COMPACT_OPTIONS, Inputs, Results, loss, loss_compact
from .checking import check, expect_same

Sizes = tuple[int, int, int, int, int, int, int]  # N, K, Kg, h, w, H, W

# No two sizes of the first batch are equal, or PyTorch would take them for equal; and none of them is 1.
NEAREST: tuple[Sizes, ...] = (
    (2, 6, 9, 5, 4, 10, 8),
    (3, 6, 7, 5, 4, 15, 12),
    (3, 2, 2, 6, 7, 24, 28),
    (4, 4, 5, 9, 9, 36, 36),
    (4, 4, 5, 9, 9, 9, 9),
)
BILINEAR: tuple[Sizes, ...] = (
    (2, 6, 8, 5, 4, 11, 9),
    (3, 2, 2, 6, 7, 20, 30),
    (4, 4, 5, 9, 9, 36, 7),
)
NONE: tuple[Sizes, ...] = ((2, 6, 8, 5, 4, 5, 4), (3, 2, 3, 7, 9, 7, 9), (4, 4, 4, 8, 8, 8, 8))
OPTIONS = (
    {"return_mask": True},
    {"kernel_sample_mask": "union", "empty_images": "skip", "negative_pool": "valid"},
    {"binarize_labels": True, "fallback_mask": "nonzero", "kernel_training_mask": "above-half"},
)


def draw(sizes: Sizes, dtype: torch.dtype = torch.float32) -> Inputs:
    images, kernels, gt_kernels, *map_size, height, width = sizes
    random = torch.Generator().manual_seed(images)
    maps = torch.randn(images, 1 + kernels, *map_size, generator=random).to(dtype)
    shapes = (images,), (images, gt_kernels), (images,)
    labels = (torch.rand(*shape, height, width, generator=random) < 0.5 for shape in shapes)
    return (maps.requires_grad_(), *labels)


def draw_counts(sizes: Sizes) -> Inputs:
    maps, *_ = draw(sizes)
    images, _, gt_kernels, *map_size = sizes[:5]
    counts = torch.ones(images, 3 + 2 * gt_kernels, *map_size, dtype=torch.uint8)
    return maps, counts


def expect_one_trace(what: str, call: Callable[..., Results], batches: list[Inputs]) -> None:
    """Forward and backward, with the bits of eager calls."""
    torch._dynamo.reset()
    counters.clear()
    compiled = torch.compile(call, backend="aot_eager", fullgraph=True, dynamic=True)
    for inputs in batches:
        results = []
        for each in (compiled, call):
            values = each(inputs)
            (grad,) = torch.autograd.grad(values["loss"].sum(), inputs[0])
            results.append({**values, "grad": grad})
        shapes = [tuple(each.shape) for each in inputs]
        expect_same(f"{what}, {shapes}", *results)
        traces = counters["stats"]["unique_graphs"]
        assert traces == 1, f"{what}: {traces} traces up to {shapes}"


@check("are traced once for batches of every size: pse::loss")
def _() -> None:
    for options in OPTIONS:
        for upsample, sizes in (("nearest", NEAREST), ("bilinear", BILINEAR), ("none", NONE)):
            chosen = {**options, "upsample": upsample}
            batches = [draw(each) for each in sizes]
            expect_one_trace(f"{chosen}", lambda inputs: loss(inputs, **chosen), batches)
    half = [draw(each, torch.bfloat16) for each in NEAREST]
    expect_one_trace("bfloat16", loss, half)


@check("are traced once for batches of every size: pse::loss_compact")
def _() -> None:
    batches = [draw_counts(each) for each in NEAREST]
    for options in COMPACT_OPTIONS:
        expect_one_trace(f"{options}", lambda inputs: loss_compact(inputs, scale=3, **options), batches)


@check("are traced anew for an image, a kernel, another option, and sizes that were equal at first")
def _() -> None:
    torch._dynamo.reset()
    counters.clear()

    def train(inputs: Inputs, eps: float) -> Tensor:
        return loss(inputs, eps=eps)["loss"].sum()

    compiled = torch.compile(train, backend="aot_eager", fullgraph=True, dynamic=True)

    def traces(sizes: Sizes, eps: float = 1e-6) -> int:
        inputs = draw(sizes)
        assert torch.equal(compiled(inputs, eps), train(inputs, eps))
        return counters["stats"]["unique_graphs"]

    assert traces((2, 6, 8, 5, 5, 10, 10)) == 1
    assert traces((3, 5, 9, 4, 4, 12, 12)) == 1
    assert traces((3, 5, 9, 4, 7, 12, 21)) == 2, "no square"
    assert traces((4, 2, 3, 7, 6, 14, 12)) == 2
    assert traces((1, 2, 3, 7, 6, 14, 12)) == 3, "one image"
    assert traces((4, 1, 3, 7, 6, 14, 12)) == 4, "one kernel"
    assert traces((4, 2, 3, 7, 6, 14, 12), eps=1e-3) == 5, "another option"


class Loss(torch.nn.Module):
    def forward(self, maps, gt_texts, gt_kernels, training_masks):
        return torch.ops.pse.loss(maps, gt_texts, gt_kernels, training_masks, return_mask=True)


class CompactLoss(torch.nn.Module):
    def forward(self, maps, counts):
        return torch.ops.pse.loss_compact(maps, counts, 3)


@check("can be exported for any number of images")
def _() -> None:
    for module, draw_inputs in ((Loss(), draw), (CompactLoss(), draw_counts)):
        first, *others = (
            tuple(each.detach() for each in draw_inputs((images, *NEAREST[0][1:])))
            for images in (2, 1, 3, 7)
        )
        any_number = {0: torch.export.Dim("images")}
        program = torch.export.export(module, first, dynamic_shapes=tuple(any_number for _ in first))
        for exported in (program, program.run_decompositions()):
            for inputs in (first, *others):
                pairs = zip(exported.module()(*inputs), module(*inputs), strict=True)
                assert all(torch.equal(*pair) for pair in pairs), len(inputs[0])


@check("are traced once for batches of every size: pse::dice_loss, pse::ohem_batch and pse::iou")
def _() -> None:
    def parts(inputs: Inputs) -> Results:
        texts, gt_texts, training_masks = of_text(inputs)
        return {
            "loss": torch.ops.pse.dice_loss(texts, gt_texts, training_masks),
            "selected": torch.ops.pse.ohem_batch(texts, gt_texts, training_masks),
            "iou": torch.ops.pse.iou(gt_texts, training_masks, training_masks),
        }

    expect_one_trace("parts", parts, [draw(each) for each in NONE])


def of_text(inputs: Inputs) -> Inputs:
    maps, gt_texts, _, training_masks = inputs
    return maps[:, 0], gt_texts, training_masks
