"""DSS nodes over the official client: the only package that speaks to one."""
