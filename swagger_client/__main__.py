"""``python -m swagger_client``: the command line."""

import sys

from zoom_sms import main

if __name__ == "__main__":
    sys.exit(main())
