"""What holds for all tests."""

import signal

# A suite started with `&` by a script ignores Ctrl-C, and so would every command under test; an exec turns this handler into the default.
signal.signal(signal.SIGINT, signal.default_int_handler)
