"""The Dagster UI as a person starts it and sees it: real servers, a real browser."""
