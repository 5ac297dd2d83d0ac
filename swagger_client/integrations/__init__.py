"""Connections to other software: the data loader dlt, and Redis.

The modules ``dlt`` and ``redis`` need this package's optional extras with the same names.
"""
