"""``python -m fivebyfive`` (in a checkout ``python -m app``): the command ``fivebyfive``."""

from .cli import main

if __name__ == "__main__":
    main()
