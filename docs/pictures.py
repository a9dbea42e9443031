"""Make the README's pictures anew, with `make pictures`: the drawing and the player as `make demo` leaves them.

Needs Chromium (GLASSGRAD_CHROMIUM says where, by default /usr/bin/chromium) to take a picture of the page.
"""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "examples"))

from digits_mlp import show_small_step  # noqa: E402

CHROMIUM = os.environ.get("GLASSGRAD_CHROMIUM", "/usr/bin/chromium")
STEP = 6  # of the page: the gradient passes through the second layer


def main() -> None:
    """Write docs/backprop.svg and docs/player.png."""
    with tempfile.TemporaryDirectory() as folder:
        show_small_step(Path(folder))
        (DOCS / "backprop.svg").write_bytes((Path(folder) / "backprop.svg").read_bytes())
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 860}, device_scale_factor=1.5)
            page.goto(f"file://{folder}/backprop.html#step={STEP}")
            page.wait_for_timeout(500)
            page.screenshot(path=str(DOCS / "player.png"))
            browser.close()


if __name__ == "__main__":
    main()
