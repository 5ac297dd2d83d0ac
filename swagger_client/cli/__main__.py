"""``python -m swagger_client.cli``: the command line."""

import sys

from swagger_client.cli import main

if __name__ == "__main__":
    sys.exit(main())
