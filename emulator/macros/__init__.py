"""Macros: components of plugins that run in a process of their own."""
