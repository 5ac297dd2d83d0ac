"""Convert arguments to the text of a request, and the bodies of responses to models."""
