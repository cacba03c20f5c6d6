"""Users, groups and API keys."""
