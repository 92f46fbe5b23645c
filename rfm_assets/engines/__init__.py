"""The seam between the chain and the database that runs it."""
