"""Code environments: definitions, what was asked for, logs."""
