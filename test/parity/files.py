"""files.py FOLDER: reads what was written there, writes the same again, and files of its own. Prints what it saw as JSON."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

folder = Path(sys.argv[1])


def read(name: str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    with safe_open(folder / name, framework="pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}


tensors, metadata = read("ours.safetensors")
save_file(tensors, folder / "theirs.safetensors", metadata=metadata)
seen = {
    name: [str(tensor.dtype), list(tensor.shape), tensor.flatten().view(torch.uint8).tolist()]
    for name, tensor in tensors.items()
}

maps = torch.linspace(-2, 2, 2 * 4 * 4).reshape(1, 2, 4, 4)
text = torch.zeros(1, 8, 8, dtype=torch.uint8)
text[:, 2:6, 1:7] = 1
save_file(
    {
        "maps": maps.bfloat16(),
        "gt_texts": text,
        "gt_kernels": text[:, None].clone(),
        "training_masks": torch.ones(1, 8, 8, dtype=torch.bool),
    },
    folder / "case-theirs.safetensors",
    metadata={"pse_loss.options": json.dumps({"alpha": 0.5}), "pse_loss.note": "from Python"},
)
case, of_case = read("case-ours.safetensors")
case_seen = [
    {name: [str(tensor.dtype), list(tensor.shape)] for name, tensor in case.items()},
    json.loads(of_case["pse_loss.options"]),
    of_case["pse_loss.note"],
]

arrays = {
    **{dtype: np.arange(6, dtype=dtype).reshape(2, 3) for dtype in ("f8", "f4", "f2", "i8", "i4", "u2", "u1")},
    "b1": np.array([[True, False], [False, True]]),
    "scalar": np.float32(2.5),
    "empty": np.zeros((3, 0, 2)),
    "column": np.arange(3, dtype="f4").reshape(3, 1, order="F"),
    "fortran": np.asfortranarray(np.arange(6, dtype="f4").reshape(2, 3)),
    "big": np.arange(6, dtype=">f4"),
    "complex": np.zeros(2, dtype="c8"),
    "texts": np.array(["a", "b"]),
    "fields": np.zeros(2, dtype=[("a", "f4")]),
}
for name, array in arrays.items():
    np.save(folder / f"{name}.npy", array)
for version in (1, 2, 3):
    with open(folder / f"version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(3, dtype="f4"), version=(version, 0))
with open(folder / "two.npy", "wb") as file:
    np.save(file, np.zeros(2))
    np.save(file, np.zeros(2))
npy = {name: [str(array.dtype), list(array.shape), list(array.tobytes())] for name, array in arrays.items()}

print(json.dumps({"seen": seen, "metadata": metadata, "case": case_seen, "npy": npy}))
