"""The batch API of an endpoint: calls sent as files, replies brought back as files."""
