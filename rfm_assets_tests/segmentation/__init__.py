"""Tests of rfm_assets.segmentation."""
