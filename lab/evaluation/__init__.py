"""The policy that tunes itself against everything else, on every trace of a folder."""
