"""The wiki of a project: articles and their order."""
