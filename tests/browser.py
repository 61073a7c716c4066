"""The browser of the system that the browser tests drive."""

import shutil

# The first is Chromium without the parts that draw on a screen: the same pages for two thirds of the work.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS)), None)
