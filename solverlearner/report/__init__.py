"""Report: runs as one HTML file, an overview and episodes to read. Reads run folders only; asks and runs nothing."""
