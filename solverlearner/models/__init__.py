"""Models: the contract of a model that answers prompts, and the models that keep it."""
