"""Convene: gets the right people to a child-protection strategy meeting in time, and proves it."""
