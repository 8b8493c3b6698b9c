"""run.py FOLDER: Paddle's answers to the cases of a folder (test/parity/cases.ts); runs in a Python that has Paddle."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import paddle
from pse_loss_paddle import value_and_grad

sys.path.append(str(Path(__file__).resolve().parents[1]))
from upstream_files import Wheel  # noqa: E402

# What PaddleOCR's class has no word for.
FIXED = {
    "text_threshold": None,
    "eps_in_numerator": False,
    "binarize_labels": False,
    "fallback_mask": "value",
    "kernel_training_mask": "value",
    "upsample": "nearest",
    "align_corners": False,
    "negative_pool": "all",
    "empty_images": "include",
}


def main(folder: Path) -> None:
    iou = Wheel("paddleocr", "2.10.0").load("paddleocr/ppocr/utils/iou.py").iou
    paddle.device.set_device("cpu")
    for case in json.loads((folder / "cases.json").read_text()):
        options, dtype = case["options"], case["precision"]
        for name, value in FIXED.items():
            if options.get(name, value) != value:
                raise ValueError(f"{name} is always {value}, a case asks for {options[name]}")
        with np.load(case["input"]) as arrays, precision(dtype):
            maps, *labels = (
                paddle.to_tensor(arrays[name].astype(dtype))
                for name in ("maps", "gt_texts", "gt_kernels", "training_masks")
            )
            results = value_and_grad(labels, maps, options, iou)
        np.savez(case["output"], **{name: value.numpy() for name, value in results.items()})


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """In double, the casts to float32 in PaddleOCR's file are lifted."""
    before, cast, zeros = paddle.get_default_dtype(), paddle.Tensor.astype, paddle.zeros
    paddle.set_default_dtype(dtype)

    def lifted(wanted):
        return dtype if wanted == "float32" else wanted

    paddle.Tensor.astype = lambda tensor, wanted: cast(tensor, lifted(wanted))
    paddle.zeros = lambda shape, dtype: zeros(shape, dtype=lifted(dtype))
    try:
        yield
    finally:
        paddle.set_default_dtype(before)
        paddle.Tensor.astype, paddle.zeros = cast, zeros


if __name__ == "__main__":
    main(Path(sys.argv[1]))
