"""The report: one HTML file of all runs in a folder."""
