"""The export formats. Each module of this package defines one as its ``FORMAT``."""
