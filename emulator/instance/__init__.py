"""The instance: identity, health."""
