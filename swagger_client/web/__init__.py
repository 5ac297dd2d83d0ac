"""The viewer of an archive in a browser: `zoom-sms browse`.

Only browsers on the same machine can reach it.
"""
