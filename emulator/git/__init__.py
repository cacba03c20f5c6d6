"""The git history of a project: every save is a commit. No git binary: an append-only file of commits beside one of contents."""
