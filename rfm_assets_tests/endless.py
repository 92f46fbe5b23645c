"""A module that never ends loading."""

import signal

signal.pause()
