"""How fast the client is, against what it is made of and against generated clients."""
