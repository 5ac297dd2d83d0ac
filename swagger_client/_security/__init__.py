"""Protect secrets: redaction, URL and header checks, private files and file locks."""
