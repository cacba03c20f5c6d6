"""A DSS node on localhost for development, demo and tests. Shares no code with ``dataiku_iac``."""
