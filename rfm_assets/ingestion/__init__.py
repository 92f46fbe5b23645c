"""From files in the landing folder to raw lines, and from these to the tables of clean; mappings, and the download."""
