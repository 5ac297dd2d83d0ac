"""Convert arguments to text, and response bodies to models."""
