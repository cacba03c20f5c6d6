"""Projects: settings, metadata, variables, permissions, tags, and the tree of files they live in."""
