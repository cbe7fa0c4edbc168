"""Starts PostgreSQL and Valkey as private child processes, for the demo and the tests."""
