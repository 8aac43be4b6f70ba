"""What holds for all tests."""

import signal

from hypothesis import HealthCheck, settings

# A suite that a script starts with `&` ignores Ctrl-C, and so would every command under test.
# An exec turns this handler into the default.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A loaded machine may take long over one example, so no example fails by its time. Every run of the suite tries the
# same examples, so that a change is judged by what it changes; `pytest --hypothesis-profile=explore` tries new ones.
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", settings.get_profile("suite"), derandomize=False, max_examples=1000)
settings.load_profile("suite")
