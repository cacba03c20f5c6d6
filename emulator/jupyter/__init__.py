"""Jupyter notebooks: files under their names, never running."""
