"""Each adapter against the technology it speaks to."""
