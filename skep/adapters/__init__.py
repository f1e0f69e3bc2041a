"""One technology per file, each behind a protocol of skep.ports."""
