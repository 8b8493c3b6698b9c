"""PaddleOCR's PSE loss once more, in eager PyTorch, with every option: the port that the product is held against.

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
    kernel_sample_mask: str = "pred"  # or "gt", "union"
    text_threshold: float | None = None  # None: predicted text has a sigmoid above one half
    reduction: str = "sum"  # or "mean", "none"
    eps: float = 1e-6
    eps_in_numerator: bool = False
    binarize_labels: bool = False
    fallback_mask: str = "value"  # or "nonzero"
    kernel_training_mask: str = "value"  # or "above-half"
    upsample: str = "nearest"  # or "bilinear", "none"
    align_corners: bool = False
    negative_pool: str = "all"  # or "valid"
    empty_images: str = "include"  # or "skip"

    def choose(self, name: str, **values):
        """What the word of an option stands for; another word is a mistake."""
        return values[getattr(self, name).replace("-", "_")]


FIVE = ("loss", "loss_text", "loss_kernels", "iou_text", "iou_kernel")


def pse_loss(
    maps: Tensor, gt_texts: Tensor, gt_kernels: Tensor, training_masks: Tensor, options: Options
) -> dict[str, Tensor]:
    """The five values per image, and what they are made of, all in the dtype of `maps`, float32 or float64.

    `maps` are logits [N, 1 + K, h, w], the labels [N, …, H, W] are of any dtype. `counted` says which images are.
    """
    # 1, 2
    logits = upsample(maps, gt_texts.shape[-2:], options)
    texts = logits[:, 0].detach()
    gt_texts, gt_kernels = (
        label > 0.5 if options.binarize_labels else label for label in (gt_texts, gt_kernels)
    )
    gt_texts, gt_kernels, training_masks = (
        label.to(maps.dtype) for label in (gt_texts, gt_kernels, training_masks)
    )

    # 3, 5
    images = list(zip(texts, gt_texts, training_masks))
    selected_mask = torch.stack([hard_examples(*image, options) for image in images])
    kernel_mask = sample(texts, gt_texts, options) * options.choose(
        "kernel_training_mask",
        value=training_masks,
        above_half=(training_masks > 0.5).to(maps.dtype),
    )

    # The others are put aside before anything is computed of them, so that no NaN of theirs comes back.
    has_text = torch.stack([((g > 0.5) & (m > 0.5)).any() for _, g, m in images])
    counted = options.choose("empty_images", include=torch.ones_like(has_text), skip=has_text)

    values = losses(
        *(
            every[counted]
            for every in (logits, gt_texts, gt_kernels, training_masks, selected_mask, kernel_mask)
        ),
        options,
    )
    of_all = {}
    for name, value in values.items():
        of_all[name] = value.new_zeros(len(maps), *value.shape[1:])
        of_all[name][counted] = value
    return {
        **of_all,
        "selected_mask": selected_mask,
        "kernel_mask": kernel_mask,
        "counted": counted,
    }


def losses(
    logits: Tensor,
    gt_texts: Tensor,
    gt_kernels: Tensor,
    training_masks: Tensor,
    selected_mask: Tensor,
    kernel_mask: Tensor,
    options: Options,
) -> dict[str, Tensor]:
    """Of the images that count, at the size of the labels."""
    texts, kernels = logits[:, 0], logits[:, 1:]

    # 4
    loss_text = dice_loss(texts, gt_texts, selected_mask, options)

    # 6
    loss_per_kernel = torch.stack(
        [
            dice_loss(kernels[:, k], gt_kernels[:, k], kernel_mask, options)
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
    return {
        "loss": options.alpha * loss_text + kernel_weight * loss_kernels,
        "loss_text": loss_text,
        "loss_kernels": loss_kernels,
        "iou_text": iou_text,
        "iou_kernel": iou_kernel,
        "loss_per_kernel": loss_per_kernel,
    }


def upsample(maps: Tensor, size: torch.Size, options: Options) -> Tensor:
    """[N, C, h, w] → [N, C, H, W]"""
    if options.upsample == "nearest":
        return F.interpolate(maps, scale_factor=size[1] // maps.shape[-1], mode="nearest")
    if options.upsample == "bilinear":
        return F.interpolate(maps, size=size, mode="bilinear", align_corners=options.align_corners)
    if options.upsample != "none" or maps.shape[-2:] != size:
        raise ValueError(f"upsample is {options.upsample!r}, of {maps.shape[-2:]} to {size}")
    return maps


def hard_examples(
    score: Tensor, gt_text: Tensor, training_mask: Tensor, options: Options
) -> Tensor:
    """OHEM of one image, all [H, W]: text, and as many of the hardest negatives as the ratio allows."""
    is_text, is_valid = gt_text > 0.5, training_mask > 0.5
    positives = int((is_text & ~(training_mask <= 0.5)).sum())
    is_negative = gt_text <= 0.5
    pool = score[options.choose("negative_pool", all=is_negative, valid=is_negative & is_valid)]
    quota = int(min(positives * options.ohem_ratio, pool.numel()))
    if positives == 0 or quota == 0:
        nonzero = (training_mask != 0).to(score.dtype)
        return options.choose("fallback_mask", value=training_mask, nonzero=nonzero)
    # Upwards by the negated score: NaN comes last, as it does in PaddleOCR.
    threshold = -torch.sort(-pool).values[quota - 1]
    return (((score >= threshold) | is_text) & is_valid).to(score.dtype)


def sample(texts: Tensor, gt_texts: Tensor, options: Options) -> Tensor:
    """Where the kernels are looked at, before the training mask, [N, H, W]."""
    if options.text_threshold is None:
        predicted = torch.sigmoid(texts) > 0.5
    else:
        predicted = texts > options.text_threshold
    return options.choose(
        "kernel_sample_mask",
        pred=predicted.to(texts.dtype),
        gt=gt_texts,
        union=gt_texts.masked_fill(predicted, 1),
    )


def dice_loss(logits: Tensor, target: Tensor, mask: Tensor, options: Options) -> Tensor:
    """[N, H, W] each → [N]"""
    prediction = (torch.sigmoid(logits) * mask).flatten(1)
    truth = (target * mask).flatten(1)
    overlap = (prediction * truth).sum(dim=1)
    if options.eps_in_numerator:
        overlap = overlap + options.eps
    size = (prediction.square().sum(dim=1) + options.eps) + (
        truth.square().sum(dim=1) + options.eps
    )
    return 1 - 2 * overlap / size


def mean_iou(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """The mean IoU of the classes 0 and 1 where the mask is exactly 1; [N, H, W] each → [N]"""
    images = torch.zeros(len(mask), dtype=mask.dtype)
    for image in range(len(mask)):
        valid = mask[image] == 1
        predicted, true = prediction[image][valid], target[image][valid]
        of_class = []
        for number in (0, 1):
            here, there = predicted == number, true == number
            union = (here | there).sum().to(mask.dtype)
            of_class.append((here & there).sum() / (union + 1e-6))
        images[image] = sum(of_class) / 2
    return images


def reduce(values: Tensor, counted: Tensor, reduction: str) -> Tensor:
    """9: of all five values, the IoUs too. An image that is not counted is 0, and no part of the mean."""
    sum_ = values.sum()
    return {"none": values, "mean": sum_ / counted.sum().clamp(min=1), "sum": sum_}[reduction]


def value_and_grad(
    maps: Tensor, gt_texts: Tensor, gt_kernels: Tensor, training_masks: Tensor, options: Options
) -> dict[str, Tensor]:
    """The results of `pse_loss`; `reduced`, [5] or [5, N]; `grad`, of the reduced loss (11).

    Half maps are widened to float32 first, and the gradient is that of the widened ones, not rounded to half again.
    Without reduction `grad` is that of the sum: Paddle's trainer calls backward() on the vector.
    """
    wide = maps.detach() if maps.dtype == torch.float64 else maps.detach().float()
    wide.requires_grad_()
    results = pse_loss(wide, gt_texts, gt_kernels, training_masks, options)
    counted = results.pop("counted")
    reduced = torch.stack([reduce(results[name], counted, options.reduction) for name in FIVE])
    (grad,) = torch.autograd.grad(reduced[0].sum(), wide)
    return {**results, "reduced": reduced, "grad": grad}
