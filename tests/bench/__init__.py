"""Measured numbers, printed as a table and written as JSON."""
