"""Measures the lab as Telegraf would: the same measurements, tags and fields."""
