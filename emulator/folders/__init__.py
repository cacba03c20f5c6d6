"""Managed folders: definitions, and their files on whatever storage the connection means."""
