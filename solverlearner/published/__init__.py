"""Published: replies that other studies stored, scored by our readers (`python -m solverlearner calibrate`)."""
