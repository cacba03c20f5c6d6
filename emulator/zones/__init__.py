"""Flow zones: definitions and membership."""
