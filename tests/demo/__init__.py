"""The pure parts of the demo: what it plays, shows and sums up."""
