"""Private calls of code inside the node, for the stand-in package ``dataiku``; no public client uses them."""
