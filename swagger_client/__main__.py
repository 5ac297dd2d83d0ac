"""Runs the command line program ``zoom-sms`` as ``python -m swagger_client``."""

import sys

if __name__ == "__main__":
    try:
        from swagger_client.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # while the program was starting
        print("Interrupted", file=sys.stderr)
        sys.exit(75)
