"""Redaction of secrets, checks of URLs and headers, the token file and the file lock."""
