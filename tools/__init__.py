"""Development tools: the plugin zip, local nodes, the demo. Never part of the plugin."""
