"""The report: one page that opens from disk, for a manager who has three minutes and an analyst who has an hour."""
