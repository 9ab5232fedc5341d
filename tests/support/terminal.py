"""Runs a program on a pseudo-terminal of its own: terminal.py <columns> <program> [argument ...]. What it writes there is handed on to stdout as it
comes, and it ends with the program's exit code."""

import fcntl
import os
import pty
import struct
import sys
import termios

ROWS = 24

columns, program = int(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    os.execvp(program[0], program)
while True:
    try:
        written = os.read(terminal, 65536)
    except OSError:  # Linux says so when nobody holds the other side any more
        break
    if not written:  # and others so
        break
    os.write(1, written)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
