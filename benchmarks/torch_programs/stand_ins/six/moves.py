import urllib  # noqa: F401 by its name
