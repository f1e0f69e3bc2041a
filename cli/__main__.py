"""`python -m cli` is `skep`."""

from cli.main import main

main()
