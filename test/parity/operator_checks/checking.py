"""A check is a function that raises; its name is a sentence about the operators."""

import re
from collections.abc import Callable

import torch
from torch import Tensor

CHECKS: dict[str, Callable[[], None]] = {}

INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def check(name: str) -> Callable[[Callable[[], None]], None]:
    def add(function: Callable[[], None]) -> None:
        CHECKS[name] = function

    return add


def expect_same(what: str, actual: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    """To the last bit."""
    for name, value in expected.items():
        assert actual[name].dtype == value.dtype, f"{what}: {name} is {actual[name].dtype}"
        assert torch.equal(bits(actual[name]), bits(value)), f"{what}: {name} differs"


def bits(values: Tensor) -> Tensor:
    return values.detach().contiguous().view(INTEGERS[values.element_size()])


def expect_error(pattern: str, function: Callable[[], object]) -> None:
    try:
        function()
    except RuntimeError as error:
        assert re.search(pattern, str(error)), f"expected {pattern!r}, got {error}"
        return
    raise AssertionError(f"no error, expected {pattern!r}")
