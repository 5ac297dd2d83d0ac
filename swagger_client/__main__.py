"""``python -m swagger_client``: the command line."""

import sys

if __name__ == "__main__":
    try:
        from swagger_client.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # while it was starting
        print("Interrupted", file=sys.stderr)
        sys.exit(75)
