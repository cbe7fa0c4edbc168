"""Writes: each takes the connection of its caller and appends its audit events in the same transaction."""
