"""``python -m xpsae.cli``, the same as the command ``xpsae``."""

import sys

from xpsae.cli.entry import main

sys.exit(main())
