"""`python -m headwater.console`: as `headwater console`, without the rest of the command line."""

import sys

from headwater.console.command import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
