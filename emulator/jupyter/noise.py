"""Jupyter notebooks can be touched like any object; what a save writes beside a change is not known, so nothing is."""

from typing import Final

from emulator.noise import Touched

__all__ = ["TOUCHED"]

TOUCHED: Final = (Touched("JUPYTER_NOTEBOOK", "ipython_notebooks/{id}.ipynb", None),)
