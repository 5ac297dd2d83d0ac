"""Connections to other software. Each module needs the extra with its name."""
