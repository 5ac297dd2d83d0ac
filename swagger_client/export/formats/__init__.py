"""The formats. Each module here that defines ``FORMAT`` is one."""
