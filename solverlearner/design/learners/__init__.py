"""The learners, one file each. `learner_options.py` names them."""
