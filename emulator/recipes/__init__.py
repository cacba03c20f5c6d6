"""Recipes: documents, payloads, creation rules."""
