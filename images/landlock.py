"""The kernel's Landlock: a process gives up for good what it could do to files, ports and other processes.

Linux has it since 5.13, for ports since 6.7, for signals since 6.12; what a kernel does not know stays as it was.
See landlock(7); the numbers are those of linux/landlock.h and asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import os
import struct

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION = 1
# How many rights over files the kernel's first versions know; later ones have the last number.
_FILE_RIGHTS = (13, 14, 15, 15, 16)
_PORT_RIGHTS_SINCE, _SCOPES_SINCE = 4, 6
_ALL_PORT_RIGHTS, _ALL_SCOPES = 0b11, 0b11

_syscall = ctypes.CDLL(None).syscall


def version() -> int:
    """Return the version that the kernel knows, 0 for none."""
    return max(int(_syscall(_CREATE_RULESET, None, 0, _VERSION)), 0)


def renounce() -> None:
    """Give up opening, making, changing and removing files by name, ports, and signals to processes outside.

    The process must have set no_new_privs and needs one descriptor meanwhile; where the kernel has no Landlock,
    nothing happens. Raises OSError when the kernel has it and refuses.
    """
    known = version()
    if not known:
        return
    files = 2 ** _FILE_RIGHTS[min(known, len(_FILE_RIGHTS)) - 1] - 1
    ports = _ALL_PORT_RIGHTS if known >= _PORT_RIGHTS_SINCE else 0
    scopes = _ALL_SCOPES if known >= _SCOPES_SINCE else 0
    # Rights are listed and none is given back, so all of them are refused. Older kernels take trailing zeros.
    rules = struct.pack("=QQQ", files, ports, scopes)
    ruleset = _syscall(_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0 or _syscall(_RESTRICT_SELF, ruleset, 0):
        raise OSError("Landlock could not be entered")
    os.close(ruleset)
