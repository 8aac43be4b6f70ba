"""What holds for all tests."""

import signal

from hypothesis import settings

# A suite that a script starts with `&` ignores Ctrl-C, and so would every command under test.
# An exec turns this handler into the default.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A loaded machine may take long over one example, so no example fails by its time.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
