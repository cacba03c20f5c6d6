"""Scenarios: documents, light status, payloads."""
