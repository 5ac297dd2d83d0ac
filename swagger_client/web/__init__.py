"""The viewer of an archive in a browser, which `zoom-sms browse` starts.

Only browsers on the same machine can reach the viewer.
"""
