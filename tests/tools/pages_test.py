"""Runs every command that the project's pages show in `sh` blocks, and holds their links and verbs to what is there.

usage: pages_test.py BUILD_FOLDER

Commands that would build the project again are checked by name only: presets against CMakePresets.json, verbs against `./dev`.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

from readme import ROOT, blocks

BUILD = pathlib.Path(sys.argv[1])
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/concepts.md"]


def commands():
    """(page, words) of each command line."""
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.splitlines():
                if line.strip() and not line.startswith("#"):
                    yield page, shlex.split(line, comments=True)


class Pages(unittest.TestCase):
    def test_every_command_works(self):
        presets = {preset["name"] for preset in json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]}
        verbs = subprocess.run([ROOT / "dev"], capture_output=True, text=True, check=True).stdout
        with tempfile.TemporaryDirectory() as folder:
            for page, words in commands():
                with self.subTest(page=page, command=" ".join(words)):
                    if words[0] == "./dev":
                        self.assertRegex(verbs, rf"(?m)^{words[1]}\b")
                        continue
                    if words[:2] in (["cmake", "--preset"], ["cmake", "--build"]):
                        self.assertIn(words[-1], presets)
                        continue
                    words = [word.replace("build/release", str(BUILD)).replace("build/installed", folder) for word in words]
                    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_verb_that_the_readme_names_is_there(self):
        verbs = subprocess.run([ROOT / "dev"], capture_output=True, text=True, check=True).stdout

        for verb in re.findall(r"\./dev ([a-z]+)", (ROOT / "README.md").read_text()):
            self.assertRegex(verbs, rf"(?m)^{verb}\b")

    def test_every_link_leads_somewhere(self):
        pages = [page for page in ROOT.glob("*.md")] + [page for page in (ROOT / "docs").rglob("*.md")]
        for page in pages:
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
                if not target.startswith(("http:", "https:", "mailto:")):
                    with self.subTest(page=page.name, target=target):
                        self.assertTrue((page.parent / target).exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
