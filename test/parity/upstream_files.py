"""Upstream's own files: found in their wheels, held against the wheel's list of hashes, loaded by path.

What they import besides PyTorch and numpy is a stand-in, put into sys.modules before: the packages as a whole want
mmcv and mmdet, which are built from source, and nothing of those is computed with here.
"""

import base64
import csv
import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

UPSTREAM = Path(__file__).resolve().parents[2] / ".venv" / "upstream"


class Wheel:
    """A folder that `npm run setup` brought: pip install --no-deps --target."""

    def __init__(self, name: str, version: str) -> None:
        self.folder = UPSTREAM / f"{name}-{version}"
        record = self.folder / f"{name}-{version}.dist-info" / "RECORD"
        if not record.exists():
            raise FileNotFoundError(f"there is no {record}: run `npm run setup`")
        with record.open(newline="") as lines:
            self.hashes = {path: value for path, value, _ in csv.reader(lines)}

    def file(self, path: str) -> Path:
        """A file that is what was published, byte for byte."""
        place = self.folder / path
        digest = hashlib.sha256(place.read_bytes()).digest()
        value = "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if value != self.hashes[path]:
            raise ValueError(f"{place} is not the file of its wheel")
        return place

    def load(self, path: str) -> ModuleType:
        """Runs a file as the module that it is in its package."""
        name = path.removesuffix(".py").replace("/", ".")
        spec = importlib.util.spec_from_file_location(name, self.file(path))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module


def stand_in(name: str, **attributes: object) -> ModuleType:
    """A module with nothing but these attributes; the packages above it come into being empty."""
    parent, _, last = name.rpartition(".")
    module = sys.modules.get(name)
    if module is None:
        module = ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
        if parent:
            setattr(stand_in(parent), last, module)
    vars(module).update(attributes)
    return module


class Registry:
    """As upstream's registries: classes by name, and objects made by a dict with the name in `type`."""

    def __init__(self) -> None:
        self.classes: dict[str, type] = {}

    def register_module(self):
        def add(added: type) -> type:
            self.classes[added.__name__] = added
            return added

        return add

    def build(self, config: dict) -> object:
        arguments = dict(config)
        return self.classes[arguments.pop("type")](**arguments)
