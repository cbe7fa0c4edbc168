"""Reads: each takes the partnership as its scope and never opens an identity."""
