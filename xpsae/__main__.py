"""``python -m xpsae``, the same as the command ``xpsae``."""

import sys

from xpsae.cli import main

sys.exit(main())
