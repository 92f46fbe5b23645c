"""From files in the landing folder to raw lines: files, manifest, source mappings, download."""
