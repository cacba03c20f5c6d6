"""Rules of the retail project."""
