"""Project folders: the tree in which the projects of a node lie."""
