"""`python -m emobility_app` is the command `emobility`."""

from emobility_app.cli import main

if __name__ == "__main__":
    main()
