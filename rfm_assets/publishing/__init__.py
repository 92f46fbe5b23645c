"""What BI opens: files that are built aside and replace the last ones in one step."""
