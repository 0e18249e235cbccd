"""Memory that is freed and soon needed again: what the C library is told about it."""

from __future__ import annotations

import ctypes
import functools
import os
import sys

LARGEST = 2**25 - 2**16
"""Bytes of the largest block from which glibc learns; it is never touched, and so takes no memory."""
_TRIM, _MAP = -1, -3
"""Numbers of `mallopt`: how much freed memory is kept, and from which size on a block is mapped by itself."""


@functools.cache
def keep_freed_memory() -> None:
    """Have glibc keep up to 64 MiB of freed memory for the next evaluation instead of fetching new pages from Linux.

    It keeps twice the largest block that was ever freed, up to a bound; so one of that size is freed. Where the
    environment sets how much is kept, as Dask does for its workers, glibc no longer learns, and is told by number.
    Other systems, and other C libraries, are left alone.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    libc.free(libc.malloc(LARGEST))
    if "MALLOC_TRIM_THRESHOLD_" in os.environ:
        libc.mallopt(_MAP, LARGEST)
        libc.mallopt(_TRIM, 2 * LARGEST)
