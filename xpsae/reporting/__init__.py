"""The report: a model, its training and what it does on data, as one page for a browser."""
