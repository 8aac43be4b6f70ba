"""The templates, one a part of a prompt; a package so that they are found wherever it is installed."""
