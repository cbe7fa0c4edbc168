"""Wakes, claims the next due intent, re-reads the state, freezes the bytes, hands them over once. arq only runs it."""
