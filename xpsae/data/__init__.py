"""Rows in, blocks out: reading, checking, sampling, whitening and scaling data."""
