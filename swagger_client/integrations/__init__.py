"""Connections to other software: the data loader dlt, and Redis.

The module ``dlt`` needs the optional extra ``dlt`` of this package, and the module ``redis`` needs
the extra ``redis``.
"""
