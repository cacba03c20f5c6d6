"""Faults and the request log: the control API under ``/__emulator/``."""
