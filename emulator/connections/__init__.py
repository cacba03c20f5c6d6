"""Connections: how a node reaches databases and stores; definitions, access rules, credentials."""
