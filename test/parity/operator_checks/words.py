"""What does not fit is refused in words, also where there is no data."""

from collections.abc import Callable, Iterable

import torch

from .batches import Inputs, batch, fold, with_grad
from .checking import check, expect_error
from .packed import forward, pack

Refusals = Iterable[tuple[str, Inputs, dict]]

WRONG_NUMBERS = (
    ("ohem_ratio to be finite and at least 0, got -1", {"ohem_ratio": -1.0}),
    ("ohem_ratio to be finite and at least 0, got nan", {"ohem_ratio": float("nan")}),
    ("ohem_ratio to be finite and at least 0, got inf", {"ohem_ratio": float("inf")}),
    ("eps to be finite and above 0, got 0", {"eps": 0.0}),
    ("eps to be finite and above 0, got -1", {"eps": -1.0}),
    ("eps to be finite and above 0, got inf", {"eps": float("inf")}),
    ("eps to be finite and above 0, got nan", {"eps": float("nan")}),
)


def wrong_words(option: str, known: str) -> Refusals:
    for word in ("Pred", "", "mean"):
        yield f"{option} to be {known}, got '{word}'", {option: word}


WRONG_WORDS = (
    *wrong_words("kernel_sample_mask", "'pred', 'gt' or 'union'"),
    *wrong_words("negative_pool", "'all' or 'valid'"),
    *wrong_words("empty_images", "'include' or 'skip'"),
)
WRONG_WORDS_OF_LABELS = (
    *wrong_words("fallback_mask", "'value' or 'nonzero'"),
    *wrong_words("kernel_training_mask", "'value' or 'above-half'"),
    *wrong_words("upsample", "'nearest', 'bilinear' or 'none'"),
)


def expect_refusals(prefix: str, operator: Callable, refusals: Refusals) -> None:
    """With and without a gradient, with data and without."""
    for pattern, inputs, options in refusals:
        floating = inputs[0].is_floating_point()
        for each in (inputs, with_grad(inputs) if floating else inputs):
            expect_error(f"{prefix}.*{pattern}", lambda: operator(*each, **options))
        if len({value.device for value in inputs}) == 1:
            meta = tuple(value.to("meta") for value in inputs)
            expect_error(f"{prefix}.*{pattern}", lambda: operator(*meta, **options))


@check("refuse in words what does not fit together: pse::loss")
def _() -> None:
    inputs = maps, gt_texts, gt_kernels, training_masks = batch()
    labels = inputs[1:]
    expect_refusals(
        "pse::loss: expected",
        torch.ops.pse.loss,
        [
            (r"maps to be \[N, C, h, w\], got \[4, 5, 4\]", (maps[0], *labels), {}),
            ("maps to be floating, got Int", (maps.int(), *labels), {}),
            ("a text map and at least one kernel", (maps[:, :1], *labels), {}),
            ("with pixels", (maps[..., :0], *labels), {}),
            ("maps times one integer", (maps[:, :, :3], *labels), {}),
            ("maps times one integer", (maps[:, :, :2], *labels), {}),
            (r"gt_kernels to be \[2, at least 3", (maps, gt_texts, gt_kernels[:, :2], labels[2]), {}),
            (r"gt_kernels to be \[2, at least 3", (maps, gt_texts, gt_kernels[:1], labels[2]), {}),
            (r"gt_kernels to be .*, 10, 8\]", (maps, gt_texts, gt_kernels[..., 1:], labels[2]), {}),
            ("gt_texts and training_masks", (maps, gt_texts, gt_kernels, training_masks[:1]), {}),
            ("gt_texts and training_masks", (maps, gt_texts, gt_kernels, labels[2][:, 1:]), {}),
            ("gt_texts to have 3 dimensions", (maps, gt_kernels, gt_kernels, training_masks), {}),
            ("gt_kernels to have 4 dimensions", (maps, gt_texts, gt_texts, training_masks), {}),
            ("training_masks to have 3 dim", (maps, gt_texts, gt_kernels, training_masks[0]), {}),
            ("real", (maps, gt_texts + 0j, gt_kernels, training_masks), {}),
            ("on the device of maps", (maps, gt_texts.to("meta"), gt_kernels, training_masks), {}),
            ("the size of maps without upsampling", inputs, {"upsample": "none"}),
            ("with pixels", no_pixels(inputs), {"upsample": "bilinear"}),
            *((pattern, inputs, options) for pattern, options in WRONG_NUMBERS),
            *((pattern, inputs, options) for pattern, options in WRONG_WORDS),
            *((pattern, inputs, options) for pattern, options in WRONG_WORDS_OF_LABELS),
        ],
    )
    corners = {"align_corners": True}
    words = "align_corners belongs to upsample='bilinear'"
    none = {**corners, "upsample": "none"}
    expect_refusals("pse::loss", torch.ops.pse.loss, [(words, inputs, corners), (words, inputs, none)])


def no_pixels(inputs: Inputs) -> Inputs:
    maps, *labels = inputs
    return (maps, *(label[..., :0] for label in labels))


@check("refuse in words what does not fit together: pse::loss_compact")
def _() -> None:
    maps, *labels = batch()
    counts = fold(labels, 2)
    inputs = maps, counts
    expect_refusals(
        "pse::loss(_compact)?: expected",
        lambda *each, scale=2, **options: torch.ops.pse.loss_compact(*each, scale, **options),
        [
            *(
                (f"scale .*to be 1 to 255, got {scale}$", inputs, {"scale": scale})
                for scale in (0, 256, -1)
            ),
            ("maps to be floating, got Int", (maps.int(), counts), {}),
            ("with pixels", (maps[..., :0], counts[..., :0]), {}),
            ("counts to have 4 dimensions", (maps, counts[0]), {}),
            ("counts to be integers, got Float", (maps, counts.float()), {}),
            ("counts to be integers, got Bool", (maps, counts.bool()), {}),
            ("real", (maps, counts + 0j), {}),
            ("on the device of maps", (maps, counts.to("meta")), {}),
            (r"counts to be \[2, 3 \+ 2Kg, 5, 4\] with Kg of at least 3", (maps, counts[:1]), {}),
            (r"counts to be .*, got \[2, 9, 4, 4\]", (maps, counts[:, :, 1:]), {}),
            (r"counts to be .*, got \[2, 9, 5, 3\]", (maps, counts[..., 1:]), {}),
            (r"counts to be .*, got \[2, 8, 5, 4\]", (maps, counts[:, 1:]), {}),
            (r"counts to be .*, got \[2, 7, 5, 4\]", (maps, counts[:, 2:]), {}),
            *((pattern, inputs, options) for pattern, options in WRONG_NUMBERS),
            *((pattern, inputs, options) for pattern, options in WRONG_WORDS),
        ],
    )


@check("refuse in words what does not fit together: parts of the loss")
def _() -> None:
    maps, gt_texts, _, training_masks = batch(scale=1)
    texts = maps[:, 0]
    inputs = texts, gt_texts, training_masks

    def alike(name: str, other: str, like: str) -> Refusals:
        shape = rf"\[2, 5, 4\], as {like}, got"
        yield rf"{name} to be {shape} \[1, 5, 4\]", (texts, gt_texts[:1], training_masks), {}
        yield rf"{other} to be {shape} \[2, 5, 3\]", (texts, gt_texts, training_masks[..., 1:]), {}
        yield f"{name} on the device of {like}", (texts, gt_texts.to("meta"), training_masks), {}
        yield f"{other} to be real", (texts, gt_texts, training_masks + 0j), {}

    expect_refusals(
        "pse::dice_loss: expected",
        torch.ops.pse.dice_loss,
        [
            *alike("target", "mask", "input"),
            ("input to be floating, got Int", (texts.int(), gt_texts, training_masks), {}),
            (r"input to be \[N, …\], got \[\]", tuple(each[0, 0, 0] for each in inputs), {}),
        ],
    )
    expect_refusals(
        "pse::ohem_batch: expected",
        torch.ops.pse.ohem_batch,
        [
            *alike("gt_texts", "training_masks", "scores"),
            ("scores to be floating, got Int", (texts.int(), gt_texts, training_masks), {}),
            (r"scores to be \[N, H, W\], got \[5, 4\]", tuple(each[0] for each in inputs), {}),
            ("scores with pixels", tuple(each[..., :0] for each in inputs), {}),
        ],
    )
    expect_refusals(
        "pse::iou: expected",
        torch.ops.pse.iou,
        [
            *alike("b", "mask", "a"),
            (r"a to be \[N, …\], got \[\]", tuple(each[0, 0, 0] for each in inputs), {}),
            ("n_class to be at least 1, got 0", inputs, {"n_class": 0}),
            ("n_class to be at least 1, got -2", inputs, {"n_class": -2}),
        ],
    )
    expect_error("pse::iou: expected a to be real", lambda: torch.ops.pse.iou(texts + 0j, *inputs[1:]))
    for operator, name in ((torch.ops.pse.ohem_batch, "ohem_ratio"), (torch.ops.pse.dice_loss, "eps")):
        of_own = ((pattern, inputs, options) for pattern, options in WRONG_NUMBERS if name in options)
        expect_refusals("expected", operator, of_own)
    words = (each for each in (*WRONG_WORDS, *WRONG_WORDS_OF_LABELS))
    mining = ("negative_pool", "fallback_mask")
    of_mining = ((pattern, inputs, each) for pattern, each in words if [*each][0] in mining)
    expect_refusals("expected", torch.ops.pse.ohem_batch, of_mining)


@check("refuse in words packed options that are none")
def _() -> None:
    maps, *labels = batch()
    inputs = maps, *labels
    packed = pack(maps.dtype, {})
    numbers, choices = packed["numbers"], packed["choices"]

    def chosen(index: int, value: int) -> dict:
        return {"numbers": numbers, "choices": [*choices[:index], value, *choices[index + 1 :]]}

    counted = maps, fold(labels, 2)
    bilinear = pack(maps.dtype, {"upsample": "bilinear", "scale": 2})
    for words, each, wrong in (
        ("3 numbers and 10 choices, got 2 and 10", inputs, {**packed, "numbers": numbers[1:]}),
        ("3 numbers and 10 choices, got 3 and 9", inputs, {**packed, "choices": choices[1:]}),
        ("kernel_sample_mask has no value 3", inputs, chosen(0, 3)),
        ("empty_images has no value -1", inputs, chosen(5, -1)),
        ("three labels or their counts, got 2 tensors", inputs[:3], packed),
        ("compact labels are for nearest upsampling", counted, bilinear),
    ):
        for given in (each, tuple(value.to("meta") for value in each)):
            expect_error(f"pse::loss.*{words}", lambda: forward(given, wrong))
    expect_error(
        "compact labels have no pixels to make a mask of",
        lambda: forward(counted, pack(maps.dtype, {"scale": 2}), return_mask=True),
    )
