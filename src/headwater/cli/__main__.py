"""`python -m headwater.cli`: the command `headwater`, where that is not on the path."""

from headwater.cli.main import main

if __name__ == "__main__":
    main()
