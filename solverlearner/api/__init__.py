"""The Python API: `evaluate`, `load_results` and `run_programs`, which `import solverlearner as sl` hands on."""
