"""Connections to other software; each module needs the extra of its name."""
