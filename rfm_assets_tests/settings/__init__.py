"""Tests of rfm_assets.settings and of what is said of a wrong setting."""
