"""What holds for all tests."""

import signal

# A suite that a script starts with `&` ignores Ctrl-C, and so would every command under test.
# An exec turns this handler into the default.
signal.signal(signal.SIGINT, signal.default_int_handler)
