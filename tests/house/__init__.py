"""The rules of the house: imports, bans, names, and that they bite."""
