"""Plugins: install, settings and presets, code env, uses."""
