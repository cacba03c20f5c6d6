"""External libraries of a project: folders below ``lib/`` that are pulled from git repositories."""
