"""Lists of customers for campaigns: written as files, and sent to where they are used."""
