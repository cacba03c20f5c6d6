"""Objects that are shown from the project tree but cannot be changed here yet."""
