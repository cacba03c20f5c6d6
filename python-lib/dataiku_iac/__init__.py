"""Dataiku IaC: declare DSS projects in files, see what would change, change it, lose nothing."""

__all__: list[str] = []
