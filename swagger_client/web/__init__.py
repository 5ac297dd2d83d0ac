"""The viewer of an archive in a browser: `zoom-sms browse`. It listens on this machine only."""
