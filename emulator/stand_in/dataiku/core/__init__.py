"""Inner modules of the stand-in."""
