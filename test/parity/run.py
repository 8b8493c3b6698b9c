"""run.py FOLDER: the port's answers to the cases of a folder."""

import sys
from pathlib import Path

from cases import answer
from pse_loss import Options, value_and_grad

answer(Path(sys.argv[1]), lambda inputs, options: value_and_grad(*inputs, Options(**options)))
