"""Secrets and trust: redaction, URL and header checks, token file, file lock."""
