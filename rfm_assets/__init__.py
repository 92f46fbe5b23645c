"""Customer segments that can be trusted: retail transactions to a published RFM segment table."""
