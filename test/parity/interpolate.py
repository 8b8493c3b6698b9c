"""interpolate.py FOLDER: what F.interpolate makes of the maps of a folder, and its gradient. Prints the vector unit it used."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

folder = Path(sys.argv[1])
results: dict[str, np.ndarray] = {}
with np.load(folder / "inputs.npz") as arrays:
    for name, align_corners in json.loads((folder / "cases.json").read_text()).items():
        maps, weights = (torch.from_numpy(arrays[f"{name}/{part}"]) for part in ("maps", "weights"))
        maps.requires_grad_()
        pixels = F.interpolate(
            maps, size=weights.shape[-2:], mode="bilinear", align_corners=align_corners
        )
        (grad,) = torch.autograd.grad(pixels, maps, weights)
        results |= {f"{name}/pixels": pixels.detach().numpy(), f"{name}/grad": grad.numpy()}
np.savez(folder / "results.npz", **results)
print(torch.backends.cpu.get_cpu_capability())
