"""Data synthesis for Case2Code (Shao et al. 2024): from Python files to programs with cases."""
