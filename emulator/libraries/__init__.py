"""Project libraries: the files below ``lib/``."""
