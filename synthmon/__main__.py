"""`python -m synthmon` is the command `synthmon`."""

from synthmon.cli import main

if __name__ == "__main__":
    main()
