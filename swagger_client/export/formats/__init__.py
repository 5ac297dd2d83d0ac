"""One module a format. A new module here with a ``FORMAT`` is a new format."""
