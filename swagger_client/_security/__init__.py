"""Protects secrets: redacts texts, checks URLs and headers, and locks and checks files."""
