"""Trains a tiny text detector on drawn words with torch.ops.pse.loss: forward, backward, torch.optim, all in PyTorch.

python train.py [--preset mmocr] [--compact] [--compile] [--steps 60] [--library FILE]
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

KERNELS = 6
SCALE = 4  # of labels to maps
RELEASE = Path(__file__).resolve().parents[2] / "build" / "Release"

# What makes the loss that of another implementation; docs/presets.md has them all. PaddleOCR's are the defaults.
PRESETS = {
    "paddleocr": {},
    "psenet": {"upsample": "bilinear", "kernel_sample_mask": "gt", "eps": 1e-3},
    "mmocr": {
        "upsample": "bilinear",
        "text_threshold": 0.0,
        "eps": 1e-3,
        "binarize_labels": True,
        "fallback_mask": "nonzero",
    },
}


def find_library() -> Path:
    """The one that `npm run setup` built, for the minor release of PyTorch that runs here."""
    minor = ".".join(torch.__version__.split(".")[:2])
    library = RELEASE / f"libpse_ops-{minor}.so"
    if not library.exists():
        built = ", ".join(each.name for each in RELEASE.glob("libpse_ops-*.so")) or "none"
        raise SystemExit(f"no {library} (built: {built}): run `npm run setup`, or name one with --library")
    return library


def draw(images: int, size: int, words: int = 4) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Photos [N, 1, H, W] with bright rectangles for words, and gt_texts, gt_kernels and training_masks of them."""
    photos = 0.3 * torch.rand(images, 1, size, size)
    gt_texts = torch.zeros(images, size, size, dtype=torch.uint8)
    gt_kernels = torch.zeros(images, KERNELS, size, size, dtype=torch.uint8)
    training_masks = torch.ones_like(gt_texts)
    row = size // words  # each word has one of its own
    for image in range(images):
        for word in range(words):
            width = int(torch.randint(size // 4, size // 2, ()))
            height = int(torch.randint(row // 2, row - 2, ()))
            left = int(torch.randint(size - width, ()))
            top = word * row + int(torch.randint(row - height, ()))

            def inside(offset: float = 0) -> tuple[slice, slice]:
                """The rectangle without a border of this width."""
                d = round(offset)
                return slice(top + d, top + height - d), slice(left + d, left + width - d)

            photos[image, 0][inside()] += 0.5
            gt_texts[image][inside()] = 1
            for k in range(KERNELS):
                rate = 0.9 - 0.1 * k  # PSENet's shrink rates
                offset = width * height * (1 - rate**2) / (2 * (width + height))
                gt_kernels[image, k][inside(offset)] = 1
            if word == 0:  # as if nobody could read it: nothing is learned here
                training_masks[image][inside()] = 0
    return photos, gt_texts, gt_kernels, training_masks


def count(gt_texts: Tensor, gt_kernels: Tensor, training_masks: Tensor) -> Tensor:
    """Binary labels as counts of each block of SCALE × SCALE pixels, uint8 [N, 3 + 2Kg, h, w]: a fraction of the bytes.

    A data loader would make them and move them to the device in place of the labels.
    """
    g, m = gt_texts[:, None], training_masks[:, None]
    planes = torch.cat([g, m, m * g, m * gt_kernels, m * g * gt_kernels], dim=1)
    height, width = (size // SCALE for size in planes.shape[-2:])
    return planes.unflatten(3, (width, SCALE)).unflatten(2, (height, SCALE)).sum((3, 5)).byte()


def network() -> nn.Module:
    """Photos to logits at a quarter of their size: text map, then kernels. No sigmoid, the loss has it inside."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(32, 32, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(32, 1 + KERNELS, 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains a tiny text detector with torch.ops.pse.loss.")
    parser.add_argument("--preset", choices=PRESETS, default="paddleocr")
    parser.add_argument("--compact", action="store_true", help="count the labels first, for loss_compact")
    parser.add_argument(
        "--compile", nargs="?", const="inductor", metavar="BACKEND", help="use torch.compile"
    )
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--library", type=Path, help="libpse_ops-….so; default: that of this clone")
    arguments = parser.parse_args()
    options = PRESETS[arguments.preset]
    if arguments.compact and options:
        parser.error("counts are for nearest upsampling: --compact goes with --preset paddleocr")

    torch.ops.load_library(arguments.library or find_library())
    torch.manual_seed(1)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    def compute(photos: Tensor, *labels: Tensor) -> tuple[Tensor, Tensor]:
        """The mean loss of a batch, and its mean IoU of text."""
        maps = model(photos)
        if arguments.compact:
            loss, _, _, iou_text, *_ = torch.ops.pse.loss_compact(maps, *labels, SCALE, **options)
        else:
            loss, _, _, iou_text, *_ = torch.ops.pse.loss(maps, *labels, **options)
        # Every result is per image; that is the reduction.
        return loss.mean(), iou_text.mean()

    if arguments.compile:
        compute = torch.compile(compute, backend=arguments.compile, fullgraph=True)

    for step in range(arguments.steps):
        photos, *labels = draw(images=4, size=128)
        if arguments.compact:
            labels = [count(*labels)]
        loss, iou_text = compute(photos, *labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0 or step == arguments.steps - 1:
            print(f"step {step:3}  loss {loss.item():.4f}  text IoU {iou_text.item():.3f}", flush=True)


if __name__ == "__main__":
    main()
