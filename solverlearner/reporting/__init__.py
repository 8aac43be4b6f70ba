"""Reporting: writes numbers as text, documents, figures, web pages and exports."""
