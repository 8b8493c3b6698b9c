"""The two PSE losses that wheels hold, each behind the same call: tensors and options in, its two scalars out.

A loss is observed, never restated: what its dice function was handed and what it returned is noted as it goes by.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from upstream_files import Registry, Wheel, stand_in


@dataclass
class Observed:
    """One call of upstream's loss."""

    # scalars, weighted, as upstream returns them
    loss_text: Tensor
    loss_kernel: Tensor
    # the mask [N, H, W] that the text dice received and those of the kernels; and what each dice returned
    masks: list[Tensor]
    dices: list[Tensor]


class Mmocr1:
    """mmocr 1.x: PSEModuleLoss. With the sampler 'hard' its numbers are those of whai362/PSENet."""

    # Its dice is a mean over the images before either reduction is applied.
    sum_is_mean = True
    own_upsampling = "bilinear"
    fixed = {"eps_in_numerator": False}

    def __init__(self) -> None:
        wheel = Wheel("mmocr", "1.0.1")
        models = Registry()
        losses = "mmocr/models/textdet/module_losses"
        stand_in("mmocr.registry", MODELS=models)
        stand_in("mmocr.structures", TextDetDataSample=object)
        stand_in("mmdet.models.utils", multi_apply=None)  # of get_targets, which is replaced below
        room = stand_in("mmocr.models.textdet.module_losses")
        stand_in(
            "mmocr.models.textdet.module_losses.seg_based_module_loss", SegBasedModuleLoss=nn.Module
        )
        wheel.load("mmocr/models/common/losses/dice_loss.py")
        room.PANModuleLoss = wheel.load(f"{losses}/pan_module_loss.py").PANModuleLoss
        # No embedding is learned here; the class of PAN builds one.
        models.classes["PANEmbLossV1"] = nn.Identity
        upstream = wheel.load(f"{losses}/pse_module_loss.py").PSEModuleLoss

        class GivenTargets(upstream):
            """Upstream draws its targets from polygons; here they are the samples."""

            def get_targets(self, data_samples):
                return data_samples

        self.loss = GivenTargets

    def __call__(self, maps, gt_texts, gt_kernels, training_masks, options: dict) -> Observed:
        dice = {"type": "MaskedSquareDiceLoss", "eps": options["eps"]}
        loss = self.loss(
            weight_text=options["alpha"],
            weight_kernel=options["kernel_weight"],
            loss_text=dice,
            loss_kernel=dice,
            ohem_ratio=options["ohem_ratio"],
            reduction=options["reduction"],
            kernel_sample_type=SAMPLE_TYPES[options["kernel_sample_mask"]],
        )
        masks, dices = [], []

        def note(_module, arguments, result) -> None:
            masks.append(arguments[2])
            dices.append(result)

        for module in (loss.loss_text, loss.loss_kernel):
            module.register_forward_hook(note)
        kernels = torch.cat([gt_texts[:, None], gt_kernels], dim=1).permute(1, 0, 2, 3)
        # As upstream's own get_targets: both in its floating point type, and a copy, because they are changed in place.
        targets = kernels.clone().float(), training_masks.clone().float()
        results = loss(maps, targets)
        return Observed(**results, masks=masks, dices=dices)


class BitmapMasks:
    """Masks of one image, [count, H, W]; here they come in the size of the maps."""

    def __init__(self, masks) -> None:
        self.masks = masks

    def __len__(self) -> int:
        return len(self.masks)

    def rescale(self, ratio: float) -> "BitmapMasks":
        if ratio != 1:
            raise ValueError(f"the ratio is {ratio}")
        return BitmapMasks(self.masks.copy())


class Mmocr0:
    """mmocr 0.x: PSELoss, which is given maps and labels of one size, and whose dice has a fixed eps in a, b and c."""

    sum_is_mean = False
    own_upsampling = "none"
    fixed = {"eps": 1e-3, "eps_in_numerator": True}

    def __init__(self) -> None:
        wheel = Wheel("mmocr", "0.6.3")
        losses = "mmocr/models/textdet/losses"
        stand_in("mmdet.core", BitmapMasks=BitmapMasks)
        stand_in("mmocr.models.builder", LOSSES=Registry())
        room = stand_in("mmocr.models.textdet.losses")
        stand_in("mmocr.utils", check_argument=wheel.load("mmocr/utils/check_argument.py"))
        room.PANLoss = wheel.load(f"{losses}/pan_loss.py").PANLoss
        self.loss = wheel.load(f"{losses}/pse_loss.py").PSELoss

    def __call__(self, maps, gt_texts, gt_kernels, training_masks, options: dict) -> Observed:
        if options["kernel_weight"] != 1 - options["alpha"]:
            raise ValueError("the weight of the kernels is 1 - alpha")
        loss = self.loss(
            alpha=options["alpha"],
            ohem_ratio=options["ohem_ratio"],
            reduction=options["reduction"],
            kernel_sample_type=SAMPLE_TYPES[options["kernel_sample_mask"]],
        )
        masks, dices = [], []
        dice = loss.dice_loss_with_logits

        def noted(prediction, target, mask):
            masks.append(mask)
            dices.append(dice(prediction, target, mask))
            return dices[-1]

        loss.dice_loss_with_logits = noted
        kernels = torch.cat([gt_texts[:, None], gt_kernels], dim=1)
        results = loss(
            maps,
            1.0,
            [BitmapMasks(image.numpy()) for image in kernels],
            [BitmapMasks(image.numpy()) for image in training_masks[:, None]],
        )
        return Observed(**results, masks=masks, dices=dices)


SAMPLE_TYPES = {"pred": "adaptive", "gt": "hard"}
LOSSES = {"mmocr 1.0.1": Mmocr1, "mmocr 0.6.3": Mmocr0}
