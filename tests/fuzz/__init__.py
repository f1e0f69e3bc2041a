"""Every reader of what others write, against bytes that nobody would write: one target per file.

A target is a module with `SEEDS`, from which a fuzzer starts, and `look`, which raises where a promise is broken.
"""
