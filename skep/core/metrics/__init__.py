"""Metrics: windows of measured points, what they say about load, and when they say nothing."""
