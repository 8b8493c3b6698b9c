"""operators.py FOLDER LIBRARY: the operators as PyTorch users load them.

Answers the cases of the folder with torch.ops.pse.loss, then tries every check below and prints, as JSON, why
each failed: null if it did not.
"""

import json
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from cases import Inputs, answer
from torch import Tensor

CHECKS: dict[str, Callable[[], None]] = {}

SCHEMAS = {
    "loss": """(Tensor maps, Tensor gt_texts, Tensor gt_kernels, Tensor training_masks, *,
        float alpha=0.7, float? kernel_weight=None, float ohem_ratio=3., str kernel_sample_mask="pred",
        float? text_threshold=None, float eps=1e-6, bool return_mask=False) ->
        (Tensor loss, Tensor loss_text, Tensor loss_kernels, Tensor iou_text, Tensor iou_kernel,
        Tensor loss_per_kernel, Tensor selected_mask)""",
    "_loss_forward": """(Tensor maps, Tensor gt_texts, Tensor gt_kernels, Tensor training_masks, *,
        float ohem_ratio, str kernel_sample_mask, float? text_threshold, float eps, bool return_mask) ->
        (Tensor loss_text, Tensor loss_per_kernel, Tensor iou_text, Tensor iou_kernel,
        Tensor selected_mask, Tensor coefficients)""",
    "_loss_backward": """(Tensor grad_dice, Tensor maps, Tensor gt_texts, Tensor gt_kernels,
        Tensor training_masks, Tensor coefficients, *, str kernel_sample_mask,
        float? text_threshold) -> Tensor""",
}
FIVE = ("loss", "loss_text", "loss_kernels", "iou_text", "iou_kernel")
RESULTS = (*FIVE, "loss_per_kernel", "selected_mask")
HALVES = (torch.float16, torch.bfloat16)
FLOATS = (torch.float32, torch.float64, *HALVES)


def check(name: str) -> Callable[[Callable[[], None]], None]:
    def add(function: Callable[[], None]) -> None:
        CHECKS[name] = function

    return add


def loss(inputs: Inputs, **options) -> dict[str, Tensor]:
    return dict(zip(RESULTS, torch.ops.pse.loss(*inputs, **options)))


def value_and_grad(inputs: Inputs, **options) -> dict[str, Tensor]:
    """The results, the mask with them, and the gradient of the sum of the losses."""
    maps, *labels = inputs
    maps = maps.detach().requires_grad_()
    results = loss((maps, *labels), return_mask=True, **options)
    (grad,) = torch.autograd.grad(results["loss"].sum(), maps)
    return {**results, "grad": grad}


def batch(
    dtype: torch.dtype = torch.float64,
    labels: torch.dtype = torch.uint8,
    images: int = 2,
    kernels: int = 3,
    gt_kernels: int | None = None,
    scale: int = 2,
    text: bool = True,
    fractional: bool = False,
) -> Inputs:
    """Logits in steps of 0.05 in a random order, none of them 0: no small change moves one past another."""
    random = torch.Generator().manual_seed(images + 10 * kernels + 100 * scale)
    height, width = 5, 4
    count = images * (1 + kernels) * height * width
    steps = torch.linspace(-count / 40, count / 40, count + count % 2, dtype=torch.float64)[:count]
    maps = steps[torch.randperm(count, generator=random)].view(images, 1 + kernels, height, width)
    label_size = height * scale, width * scale

    def draw(*shape: int, chance: float = 0.4) -> Tensor:
        return (torch.rand(*shape, generator=random) < chance).to(labels)

    gt_texts = draw(images, *label_size) if text else torch.zeros(images, *label_size, dtype=labels)
    targets = draw(images, gt_kernels or kernels, *label_size)
    masks = draw(images, *label_size, chance=0.8)
    if fractional:
        masks = torch.randint(0, 5, masks.shape, generator=random).to(labels) / 4
    return maps.to(dtype), gt_texts, targets, masks


def batches(*dtypes: torch.dtype) -> Iterator[tuple[str, Inputs, dict]]:
    """What most checks go through: (name, inputs, options)."""
    for dtype in dtypes:
        yield f"{dtype}", batch(dtype), {}
        yield f"{dtype}, gt", batch(dtype, scale=4, gt_kernels=4), {"kernel_sample_mask": "gt"}
        yield f"{dtype}, no text", batch(dtype, torch.float32, text=False), {"return_mask": True}
        yield (
            f"{dtype}, every option",
            batch(dtype, torch.float32, images=1, kernels=1, scale=1, fractional=True),
            {
                "alpha": 0.25,
                "kernel_weight": 2.0,
                "ohem_ratio": 0.5,
                "text_threshold": 0.51,
                "eps": 1e-3,
                "return_mask": True,
            },
        )


def expect_same(what: str, actual: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    for name, value in expected.items():
        assert actual[name].dtype == value.dtype, f"{what}: {name} is {actual[name].dtype}"
        assert torch.equal(actual[name], value), f"{what}: {name} differs"


def expect_error(pattern: str, function: Callable[[], object]) -> None:
    try:
        function()
    except RuntimeError as error:
        assert re.search(pattern, str(error)), f"expected {pattern!r}, got {error}"
        return
    raise AssertionError(f"no error, expected {pattern!r}")


def with_grad(inputs: Inputs) -> Inputs:
    return (inputs[0].clone().requires_grad_(), *inputs[1:])


@check("have the schemas that are written down")
def _() -> None:
    for name, text in SCHEMAS.items():
        expected = torch._C.parse_schema(f"pse::{name}{' '.join(text.split())}")
        actual = getattr(torch.ops.pse, name).default._schema
        assert actual == expected, f"{actual}\nis not\n{expected}"


@check("pass opcheck: pse::loss")
def _() -> None:
    for name, inputs, options in batches(*FLOATS):
        no_images = tuple(value[:0] for value in inputs)
        for each in (inputs, with_grad(inputs), with_grad(no_images)):
            try:
                torch.library.opcheck(torch.ops.pse.loss.default, each, options)
            except Exception as error:
                raise AssertionError(name) from error


@check("pass opcheck: pse::_loss_forward and pse::_loss_backward")
def _() -> None:
    options = {"kernel_sample_mask": "pred", "text_threshold": None}
    mining = {"ohem_ratio": 3.0, "eps": 1e-6}
    for dtype in FLOATS:
        inputs = batch(dtype)
        for return_mask in (False, True):
            forward = {**options, **mining, "return_mask": return_mask}
            torch.library.opcheck(torch.ops.pse._loss_forward.default, inputs, forward)
        *_, coefficients = torch.ops.pse._loss_forward(*inputs, **forward)
        grad_dice = torch.ones(inputs[0].shape[:2], dtype=torch.float64)
        backward = (grad_dice, *inputs, coefficients)
        torch.library.opcheck(torch.ops.pse._loss_backward.default, backward, options)


@check("pass gradcheck in float64")
def _() -> None:
    for name, (maps, *labels), options in batches(torch.float64):
        maps = maps.clone().requires_grad_()
        assert torch.autograd.gradcheck(
            lambda x: torch.ops.pse.loss(x, *labels, **options)[:3], (maps,), atol=1e-9, rtol=1e-6
        ), name


@check("differentiate each part by its own weight")
def _() -> None:
    maps, *labels = with_grad(batch())
    results = loss((maps, *labels), alpha=0.25, kernel_weight=2.0)
    parts = {
        name: torch.autograd.grad(results[name].sum(), maps, retain_graph=True)[0]
        for name in ("loss", "loss_text", "loss_kernels")
    }
    assert parts["loss_text"][:, 0].any() and not parts["loss_text"][:, 1:].any()
    assert parts["loss_kernels"][:, 1:].any() and not parts["loss_kernels"][:, 0].any()
    weighted = 0.25 * parts["loss_text"] + 2.0 * parts["loss_kernels"]
    torch.testing.assert_close(parts["loss"], weighted, rtol=1e-14, atol=0)


@check("refuse a second derivative in words")
def _() -> None:
    inputs = with_grad(batch())
    (grad,) = torch.autograd.grad(loss(inputs)["loss"].sum(), inputs[0], create_graph=True)
    words = "derivative for pse::_loss_backward is not implemented"
    expect_error(words, lambda: grad.sum().backward())


@check("give gradients to the losses alone")
def _() -> None:
    inputs = with_grad(batch())
    results = loss(inputs, return_mask=True)
    needing = {name for name, value in results.items() if value.requires_grad}
    assert needing == {"loss", "loss_text", "loss_kernels"}, needing
    for results in (loss(batch(), return_mask=True), without_grad(inputs)):
        assert not any(value.requires_grad for value in results.values())


def without_grad(inputs: Inputs) -> dict[str, Tensor]:
    with torch.no_grad():
        return loss(inputs, return_mask=True)


@check("give no gradient to labels")
def _() -> None:
    maps, *labels = with_grad(batch(labels=torch.float64))
    for label in labels:
        label.requires_grad_()
    loss((maps, *labels))["loss"].sum().backward()
    assert maps.grad is not None and all(label.grad is None for label in labels)


@check("return no memory of an input")
def _() -> None:
    for dtype in (torch.float32, torch.float64):
        for fractional in (False, True):
            # Nothing is positive: OHEM hands the training mask through.
            inputs = batch(dtype, dtype, text=False, fractional=fractional)
            before = [value.clone() for value in inputs]
            results = value_and_grad(inputs)
            assert torch.equal(results["selected_mask"], inputs[3].float())
            owned = {value.untyped_storage().data_ptr() for value in inputs}
            for name, value in results.items():
                assert value.untyped_storage().data_ptr() not in owned, f"{dtype}: {name}"
                value.detach().fill_(7)
            assert all(map(torch.equal, inputs, before))


@check("know shapes and dtypes without data")
def _() -> None:
    for dtype in FLOATS:
        for images in (0, 2):
            for return_mask in (False, True):
                inputs = with_grad(batch(dtype, images=2, gt_kernels=4))
                inputs = tuple(value[:images] for value in inputs)
                real = loss(inputs, return_mask=return_mask)
                meta_inputs = tuple(value.to("meta") for value in inputs)
                meta = loss(meta_inputs, return_mask=return_mask)
                for name, value in real.items():
                    expected = value.shape, value.dtype, value.stride()
                    actual = meta[name].shape, meta[name].dtype, meta[name].stride()
                    assert actual == expected, f"{name}: {actual} is not {expected}"
                    assert meta[name].device.type == "meta"
                    wide = torch.float64 if dtype == torch.float64 else torch.float32
                    assert value.dtype == (torch.float32 if name == "selected_mask" else wide)
                for each, results in ((inputs, real), (meta_inputs, meta)):
                    (grad,) = torch.autograd.grad(results["loss"].sum(), each[0])
                    assert (grad.shape, grad.dtype) == (each[0].shape, dtype)
    expect_error("kernel_sample_mask", lambda: loss(meta_inputs, kernel_sample_mask="Pred"))
    expect_error("expected maps to be \\[N, C, h, w\\]", lambda: loss((meta_inputs[1], *meta_inputs[1:])))


@check("widen half maps to float32")
def _() -> None:
    for dtype in HALVES:
        maps, *labels = batch(dtype)
        # Both steps of sigmoid-half, which half maps share with float32.
        maps[0, 0, 0, :2] = torch.tensor([2.0**-24, 2.0**-23])
        narrow, wide = value_and_grad((maps, *labels)), value_and_grad((maps.float(), *labels))
        wide["grad"] = wide["grad"].to(dtype)
        expect_same(f"{dtype}", narrow, wide)


@check("read labels of every dtype alike")
def _() -> None:
    maps, *labels = batch(torch.float32)
    expected = value_and_grad((maps, *labels))
    for dtype in (torch.bool, torch.int8, torch.int32, torch.int64, *FLOATS):
        converted = (label.to(dtype) for label in labels)
        expect_same(f"{dtype}", value_and_grad((maps, *converted)), expected)


def reverse(x: Tensor) -> Tensor:
    return x.permute(*reversed(range(x.ndim)))


LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "dimensions in reverse order": lambda x: reverse(reverse(x).contiguous()),
    "channels last": lambda x: x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x,
    "every second element": lambda x: torch.stack([x, 1 - x], dim=-1)[..., 0],
    "the second half": lambda x: torch.cat([1 - x, x])[len(x) :],
    "a view that negates": lambda x: torch._neg_view(-x) if x.dtype.is_floating_point else x,
}


@check("read strided inputs alike")
def _() -> None:
    for name, inputs, options in batches(torch.float32, torch.float64):
        options = {key: value for key, value in options.items() if key != "return_mask"}
        expected = value_and_grad(inputs, **options)
        for layout, apply in LAYOUTS.items():
            strided = tuple(map(apply, inputs))
            expect_same(f"{name}, {layout}", value_and_grad(strided, **options), expected)


@check("give the same bits on one thread and on two")
def _() -> None:
    threads = torch.get_num_threads()
    random = torch.Generator().manual_seed(5)
    maps = torch.randn(1, 3, 80, 90, generator=random)
    labels = [torch.rand(1, *k, 320, 360, generator=random) for k in ((), (2,), ())]
    results = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            results.append(value_and_grad((maps, *labels)))
    finally:
        torch.set_num_threads(threads)
    expect_same("two threads", *results)


@check("refuse inputs that were modified before backward")
def _() -> None:
    for i, name in enumerate(("maps", "gt_texts", "gt_kernels", "training_masks")):
        inputs = with_grad(batch(labels=torch.float64))
        total = loss(inputs)["loss"].sum()
        with torch.no_grad():
            inputs[i].add_(1)
        expect_error("modified by an inplace operation", total.backward)
    inputs = with_grad(batch())
    results = loss(inputs, return_mask=True)
    with torch.no_grad():
        results["selected_mask"].zero_()
    results["loss"].sum().backward()  # no input, and not needed


@check("can be traced whole, forward and backward")
def _() -> None:
    def train(maps: Tensor, *labels: Tensor) -> Tensor:
        return loss((maps, *labels))["loss"].sum()

    compiled = torch.compile(train, backend="aot_eager", fullgraph=True, dynamic=True)
    # Traced anew for each of these: the operators ask for sizes as numbers.
    for images, scale in ((2, 2), (3, 2), (4, 3)):
        inputs = with_grad(batch(torch.float32, images=images, scale=scale))
        values = [each(*inputs) for each in (compiled, train)]
        grads = [torch.autograd.grad(value, inputs[0])[0] for value in values]
        assert torch.equal(*values) and torch.equal(*grads), (images, scale)


@check("refuse in words what does not fit together")
def _() -> None:
    maps, gt_texts, gt_kernels, training_masks = batch()
    labels = gt_texts, gt_kernels, training_masks
    for pattern, inputs, options in (
        (r"maps to be \[N, C, h, w\], got \[4, 5, 4\]", (maps[0], *labels), {}),
        ("maps to be floating, got Int", (maps.int(), *labels), {}),
        ("a text map and at least one kernel", (maps[:, :1], *labels), {}),
        ("with pixels", (maps[..., :0], *labels), {}),
        ("maps times one integer", (maps[:, :, :3], *labels), {}),
        (r"gt_kernels to be \[2, at least 3", (maps, gt_texts, gt_kernels[:, :2], training_masks), {}),
        ("gt_texts and training_masks", (maps, gt_texts, gt_kernels, training_masks[:1]), {}),
        ("gt_texts to have 3 dimensions", (maps, gt_kernels, gt_kernels, training_masks), {}),
        ("real", (maps, gt_texts + 0j, gt_kernels, training_masks), {}),
        ("on the device of maps", (maps, gt_texts.to("meta"), gt_kernels, training_masks), {}),
        ("'pred' or 'gt', got 'union'", (maps, *labels), {"kernel_sample_mask": "union"}),
        ("ohem_ratio to be finite and at least 0, got -1", (maps, *labels), {"ohem_ratio": -1.0}),
        ("ohem_ratio to be finite", (maps, *labels), {"ohem_ratio": float("nan")}),
        ("eps to be finite and above 0, got 0", (maps, *labels), {"eps": 0.0}),
    ):
        for each in (inputs, with_grad(inputs) if inputs[0].is_floating_point() else inputs):
            expect_error(f"pse::loss: expected .*{pattern}", lambda: loss(each, **options))


def reason(function: Callable[[], None]) -> str | None:
    try:
        function()
    except Exception:
        return traceback.format_exc()
    return None


def main() -> None:
    folder, library = sys.argv[1:]
    torch.ops.load_library(library)
    answer(Path(folder), lambda inputs, options: value_and_grad(inputs, **options))
    print(json.dumps({name: reason(function) for name, function in CHECKS.items()}))


if __name__ == "__main__":
    main()
