"""PaddleOCR's PSE loss, restated with Paddle's operators: what the port in PyTorch is held against.

The class itself is in no wheel. The steps and their numbers are those of docs/loss.md; only the engine and its way to
sum, sort and differentiate are other ones than the port's. The IoUs are computed by PaddleOCR's own file.
"""

from collections.abc import Callable

import paddle
import paddle.nn.functional as F
from paddle import Tensor

FIVE = ("loss", "loss_text", "loss_kernels", "iou_text", "iou_kernel")


def pse_loss(labels: list[Tensor], maps: Tensor, options: dict, iou: Callable) -> dict[str, Tensor]:
    """labels: texts [N, H, W], kernels [N, Kg, H, W] and training masks [N, H, W], in the dtype of `maps` [N, C, h, w]"""
    gt_texts, gt_kernels, training_masks = labels
    scale = gt_texts.shape[-1] // maps.shape[-1]
    logits = F.interpolate(maps, scale_factor=scale, mode="nearest")
    texts, kernels = logits[:, 0], logits[:, 1:]

    selected = paddle.stack(
        [
            select(texts[i].detach(), gt_texts[i], training_masks[i], options["ohem_ratio"])
            for i in range(maps.shape[0])
        ]
    )
    loss_text = dice(texts, gt_texts, selected, options["eps"])

    if options["kernel_sample_mask"] == "gt":
        kernel_mask = gt_texts * training_masks
    else:
        kernel_mask = (F.sigmoid(texts.detach()) > 0.5).astype(maps.dtype) * training_masks
    per_kernel = paddle.stack(
        [
            dice(kernels[:, k], gt_kernels[:, k], kernel_mask, options["eps"])
            for k in range(kernels.shape[1])
        ],
        axis=1,
    )
    loss_kernels = paddle.mean(per_kernel, axis=1)
    return {
        "loss": options["alpha"] * loss_text + (1 - options["alpha"]) * loss_kernels,
        "loss_text": loss_text,
        "loss_kernels": loss_kernels,
        "iou_text": iou((texts > 0).astype("int64"), gt_texts, training_masks, reduce=False),
        "iou_kernel": iou(
            (kernels[:, -1] > 0).astype("int64"),
            gt_kernels[:, -1],
            training_masks * gt_texts,
            reduce=False,
        ),
        "loss_per_kernel": per_kernel,
        "selected_mask": selected,
        "kernel_mask": kernel_mask,
    }


def select(score: Tensor, gt_text: Tensor, training_mask: Tensor, ratio: float) -> Tensor:
    """OHEM of one image, all [H, W]"""
    text, valid = gt_text > 0.5, training_mask > 0.5
    positives = int(paddle.sum(paddle.logical_and(text, valid)))
    negatives = paddle.masked_select(score, gt_text <= 0.5)
    quota = int(min(positives * ratio, negatives.shape[0]))
    if positives == 0 or quota == 0:
        return training_mask
    threshold = -paddle.sort(-negatives)[quota - 1]
    return paddle.logical_and(paddle.logical_or(score >= threshold, text), valid).astype(
        score.dtype
    )


def dice(logits: Tensor, target: Tensor, mask: Tensor, eps: float) -> Tensor:
    """[N, H, W] each → [N]"""
    prediction = paddle.flatten(F.sigmoid(logits) * mask, 1)
    truth = paddle.flatten(target * mask, 1)
    a = paddle.sum(prediction * truth, axis=1)
    b = paddle.sum(prediction * prediction, axis=1) + eps
    c = paddle.sum(truth * truth, axis=1) + eps
    return 1 - 2 * a / (b + c)


def value_and_grad(
    labels: list[Tensor], maps: Tensor, options: dict, iou: Callable
) -> dict[str, Tensor]:
    """Besides: the five values reduced, [5] or [5, N], and the gradient of the reduced loss, of the sum where it is none."""
    maps.stop_gradient = False
    results = pse_loss(labels, maps, options, iou)
    reduce = {"none": lambda values: values, "mean": paddle.mean, "sum": paddle.sum}
    reduced = [reduce[options["reduction"]](results[name]) for name in FIVE]
    reduced[0].sum().backward()
    return {**results, "reduced": paddle.stack(reduced), "grad": maps.grad}
