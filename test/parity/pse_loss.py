"""PaddleOCR's PSE loss once more, in eager PyTorch: the port that the product is held against.

Written from the steps of docs/loss.md (their numbers are in the comments) the way a PyTorch user would: it
upsamples with F.interpolate, sorts, goes through the images one by one, computes sigmoids where the product
compares logits, and leaves the gradient to autograd. It knows nothing of the product. Slow, and meant to be.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Options:
    alpha: float = 0.7
    kernel_weight: float | None = None  # 1 - alpha
    ohem_ratio: float = 3.0
    kernel_sample_mask: str = "pred"  # or "gt"
    text_threshold: float | None = None  # None: predicted text has a sigmoid above one half
    reduction: str = "sum"  # or "mean", "none"
    eps: float = 1e-6


FIVE = ("loss", "loss_text", "loss_kernels", "iou_text", "iou_kernel")


def pse_loss(
    maps: Tensor, gt_texts: Tensor, gt_kernels: Tensor, training_masks: Tensor, options: Options
) -> dict[str, Tensor]:
    """The five values per image, and what they are made of, all in the dtype of `maps`.

    `maps` are logits [N, 1 + K, h, w], the labels are s times as large and of any dtype.
    """
    # 1, 2
    scale = gt_texts.shape[-1] // maps.shape[-1]
    logits = F.interpolate(maps, scale_factor=scale, mode="nearest")
    texts, kernels = logits[:, 0], logits[:, 1:]
    gt_texts, gt_kernels, training_masks = (
        label.to(maps.dtype) for label in (gt_texts, gt_kernels, training_masks)
    )

    # 3, 4
    selected_mask = torch.stack(
        [
            hard_examples(*image, options.ohem_ratio)
            for image in zip(texts.detach(), gt_texts, training_masks)
        ]
    )
    loss_text = dice_loss(texts, gt_texts, selected_mask, options.eps)

    # 5, 6
    kernel_mask = sample(texts.detach(), gt_texts, options) * training_masks
    loss_per_kernel = torch.stack(
        [
            dice_loss(kernels[:, k], gt_kernels[:, k], kernel_mask, options.eps)
            for k in range(kernels.shape[1])
        ],
        dim=1,
    )
    loss_kernels = loss_per_kernel.mean(dim=1)

    # 7. The last kernel is compared with the last target, of which there may be more.
    with torch.no_grad():
        iou_text = mean_iou(texts > 0, gt_texts, training_masks)
        iou_kernel = mean_iou(kernels[:, -1] > 0, gt_kernels[:, -1], gt_texts * training_masks)

    # 8
    kernel_weight = 1 - options.alpha if options.kernel_weight is None else options.kernel_weight
    loss = options.alpha * loss_text + kernel_weight * loss_kernels
    return {
        "loss": loss,
        "loss_text": loss_text,
        "loss_kernels": loss_kernels,
        "iou_text": iou_text,
        "iou_kernel": iou_kernel,
        "loss_per_kernel": loss_per_kernel,
        "selected_mask": selected_mask,
        "kernel_mask": kernel_mask,
    }


def hard_examples(score: Tensor, gt_text: Tensor, training_mask: Tensor, ratio: float) -> Tensor:
    """OHEM of one image, all [H, W]: text, and as many of the hardest negatives as the ratio allows."""
    is_text = gt_text > 0.5
    positives = int((is_text & ~(training_mask <= 0.5)).sum())
    pool = score[gt_text <= 0.5]
    quota = int(min(positives * ratio, pool.numel()))
    if positives == 0 or quota == 0:
        return training_mask
    # Upwards by the negated score: NaN comes last, as it does upstream.
    threshold = -torch.sort(-pool).values[quota - 1]
    return (((score >= threshold) | is_text) & (training_mask > 0.5)).to(score.dtype)


def sample(texts: Tensor, gt_texts: Tensor, options: Options) -> Tensor:
    """Where the kernels are looked at, before the training mask, [N, H, W]."""
    if options.kernel_sample_mask == "gt":
        return gt_texts
    if options.kernel_sample_mask != "pred":
        raise ValueError(f"kernel_sample_mask is {options.kernel_sample_mask!r}")
    if options.text_threshold is None:
        return (torch.sigmoid(texts) > 0.5).to(texts.dtype)
    return (texts > options.text_threshold).to(texts.dtype)


def dice_loss(logits: Tensor, target: Tensor, mask: Tensor, eps: float) -> Tensor:
    """[N, H, W] each → [N]"""
    prediction = (torch.sigmoid(logits) * mask).flatten(1)
    truth = (target * mask).flatten(1)
    overlap = (prediction * truth).sum(dim=1)
    size = (prediction.square().sum(dim=1) + eps) + (truth.square().sum(dim=1) + eps)
    return 1 - 2 * overlap / size


def mean_iou(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """The mean IoU of the classes 0 and 1 where the mask is exactly 1; [N, H, W] each → [N]"""
    images = []
    for image in range(len(mask)):
        valid = mask[image] == 1
        predicted, true = prediction[image][valid], target[image][valid]
        of_class = []
        for number in (0, 1):
            here, there = predicted == number, true == number
            union = (here | there).sum().to(mask.dtype)
            of_class.append((here & there).sum() / (union + 1e-6))
        images.append(sum(of_class) / 2)
    return torch.stack(images)


def reduce(values: Tensor, reduction: str) -> Tensor:
    """9: of all five values, the IoUs too."""
    return {"none": values, "mean": values.mean(), "sum": values.sum()}[reduction]


def value_and_grad(
    maps: Tensor, gt_texts: Tensor, gt_kernels: Tensor, training_masks: Tensor, options: Options
) -> dict[str, Tensor]:
    """The results of `pse_loss`; `reduced`, [5] or [5, N]; `grad`, of the reduced loss (11).

    Without reduction `grad` is that of the sum: Paddle's trainer calls backward() on the vector.
    """
    maps = maps.detach().requires_grad_()
    results = pse_loss(maps, gt_texts, gt_kernels, training_masks, options)
    reduced = torch.stack([reduce(results[name], options.reduction) for name in FIVE])
    (grad,) = torch.autograd.grad(reduced[0].sum(), maps)
    return {**results, "reduced": reduced, "grad": grad}
