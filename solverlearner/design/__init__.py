"""Design: what a run asks: settings, episodes, prompts, learners, and the calls that these make."""
