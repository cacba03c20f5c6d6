"""Futures: long tasks of the node."""
