"""The demo web program; it runs in containers, with nothing of this project beside it."""
