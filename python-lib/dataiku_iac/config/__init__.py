"""Text to what is declared, and back: YAML with places, variables, environments, validation, the tree that import writes."""
