"""PURE: values in, values out, from metrics to plan; no clock, no I/O, no logging."""
