"""Objects that are one JSON file per id in the project tree: the rules they share, and in ``kinds`` one module each."""
