"""Dialects: the labels of peers, each with the meaning it has there."""
