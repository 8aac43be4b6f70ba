"""The command line: Hydra, help, error lines, the progress bar, sweeps."""
