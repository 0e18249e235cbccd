"""The host's own library. Files, pictures, random draws and small recurrences live on the host, and that is NumPy.

Others write ``from xpsae.arrays import host`` and ``host.asarray(...)``; the mathematics never does.
"""

from numpy import *  # noqa: F403
from numpy import lib, linalg, ma, ndarray, random  # noqa: F401
from numpy.typing import NDArray  # noqa: F401
