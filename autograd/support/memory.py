"""Freed memory is kept for the next large array instead of going back to the system.

glibc returns a freed array of more than 128 KB to the system, which then fills every page of the next one with zeros:
for the temporaries of a training step that can cost more than computing them. Importing this module raises the limits
for the process; GLASSGRAD_KEEP_MEMORY=0 leaves them alone. Elsewhere than on glibc nothing happens.
"""

import contextlib
import ctypes
import os

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3  # malloc.h
LARGEST = 1 << 25  # bytes of one array, the most that glibc takes
KEPT = 1 << 28  # bytes free at the end of the heap


if os.environ.get("GLASSGRAD_KEEP_MEMORY", "1") != "0":
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another allocator than glibc's
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((M_MMAP_THRESHOLD, LARGEST), (M_TRIM_THRESHOLD, KEPT), (M_TOP_PAD, LARGEST)):
            mallopt(option, value)
