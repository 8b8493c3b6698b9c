"""What PyTorch and its users expect of the operators, tried in this order."""

from . import conventions, gradients, compact, functions, inputs, tracing, words  # noqa: I001
from .checking import CHECKS

__all__ = ["CHECKS", "conventions", "gradients", "compact", "functions", "inputs", "tracing", "words"]
