"""The lab: visual analyses and the ML tasks in them."""
