"""The flow: who uses what, and the graph."""
