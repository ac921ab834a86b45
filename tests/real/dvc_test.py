"""Holds retrain's own reader of DVC's files, and its use of the dvc program, to the real DVC over a repository with a local remote.

usage: dvc_test.py BUILD_FOLDER FOLDER_OF_DVC

In every state the modes native, cli and both are asked; wherever native and cli can both tell, they must say the same.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve() / "bin" / "retrain"
DVC = pathlib.Path(sys.argv[2]).absolute() / "dvc"

CONFIG = """
model: {{name: laps, target: y, features: {{numeric: [x]}}}}
data: {{directory: {directory}, pattern: "s*.csv", dvc: {{program: {dvc}, timeout: 120s}}}}
"""


def rows(number, line_end="\n"):
    return line_end.join(["x,y", f"{number},1", f"{number},2", ""])


class Repository:
    """A Git and DVC repository with sessions s1 … s4 in data/, recorded and pushed."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DVC_NO_ANALYTICS": "1",
                            "GIT_CONFIG_GLOBAL": "/dev/null"}

    def path(self, name):
        return self.folder / "work" / name

    def run(self, *words):
        done = subprocess.run(words, cwd=self.path("."), env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def dvc(self, *words):
        return self.run(str(DVC), *words)

    def create(self):
        self.path("data").mkdir(parents=True)
        self.run("git", "init", "-q", ".")
        self.dvc("init", "-q")
        self.dvc("config", "core.site_cache_dir", str(self.folder / "site"))
        self.dvc("remote", "add", "-q", "-d", "near", str(self.folder / "remote"))
        for number in range(1, 5):
            self.path(f"data/s{number}.csv").write_text(rows(number))
        self.path("data/notes \u00e4\u6f22 \"quoted\" \\ .txt").write_text("beside the sessions\n")
        self.path("data/a-b.d").mkdir()
        self.path("data/a-b.d/.hidden").write_text("")
        self.path("data/a").mkdir()
        self.path("data/a/x").write_text("x")
        self.dvc("add", "-q", "data")
        self.dvc("push", "-q")
        self.path("retrain.yaml").write_text(CONFIG.format(directory="data", dvc=DVC))
        return self

    def commit(self):
        self.run("git", "add", "-A")
        self.run("git", "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-q", "-m", "recorded")

    def check(self, mode):
        """The record of a check and its exit code."""
        done = subprocess.run([PROGRAM, "check", "--json", "--set", f"data.dvc.mode={mode}"], cwd=self.path("."),
                              env=self.environment, capture_output=True, text=True)
        if not done.stdout:
            raise RuntimeError(done.stderr)
        return json.loads(done.stdout), done.returncode

    def evict(self, md5):
        self.path(f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}").unlink()

    def recorded(self, name="data.dvc"):
        """The first MD5 in a .dvc file."""
        text = self.path(name).read_text()
        return text[text.index("md5: ") + 5:].split()[0]


class States(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.template = Repository(pathlib.Path(cls.home.name) / "template").create()
        cls.template.commit()

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    def setUp(self):
        # The same place for each test: the repository holds absolute paths.
        self.kept = pathlib.Path(self.home.name) / "kept"
        shutil.copytree(self.template.folder, self.kept, symlinks=True)
        self.repository = self.template

    def tearDown(self):
        shutil.rmtree(self.template.folder)
        self.kept.rename(self.template.folder)

    def assert_states(self, verdict, native, cli=None, rule=None):
        """What each mode finds; `cli` when it differs because one of them cannot tell."""
        cli = cli or native
        for mode, expected in (("native", native), ("cli", cli)):
            record, code = self.repository.check(mode)
            states = [output["state"] for output in record["dvc"]["outputs"]]
            self.assertEqual(states, [expected] if isinstance(expected, str) else expected, f"{mode}: {record['reason']}")
            if expected != "unsupported":
                self.assertEqual(record["verdict"], verdict, f"{mode}: {record['reason']}")
                self.assertEqual(code, 0 if verdict == "ready" else 4)
        record, _ = self.repository.check("both")
        rules = [finding["rule"] for finding in record["findings"]]
        self.assertNotIn("dvc_disagreement", rules, record["reason"])
        self.assertEqual(record["verdict"], verdict, record["reason"])
        if rule:
            self.assertIn(rule, rules)

    def test_clean(self):
        self.assert_states("ready", "clean")
        record, _ = self.repository.check("native")
        output = record["dvc"]["outputs"][0]
        self.assertEqual(output["actual"], self.repository.recorded())
        self.assertEqual(output["expected"], output["actual"])

    def test_touched_only(self):
        os.utime(self.repository.path("data/s1.csv"))
        self.assert_states("ready", "clean")

    def test_edited(self):
        self.repository.path("data/s1.csv").write_text(rows(9))
        self.assert_states("broken", "modified", rule="dvc_modified")

    def test_file_deleted(self):
        self.repository.path("data/s1.csv").unlink()
        self.assert_states("broken", "modified", rule="dvc_missing")

    def test_extra_file(self):
        self.repository.path("data/s9.csv").write_text(rows(9))
        self.assert_states("broken", "modified", rule="dvc_extra")

    def test_folder_deleted(self):
        shutil.rmtree(self.repository.path("data"))
        self.assert_states("broken", "missing")
        record, _ = self.repository.check("both")
        self.assertIn("`dvc checkout data`", record["reason"])

    def test_never_pulled(self):
        shutil.rmtree(self.repository.path("data"))
        shutil.rmtree(self.repository.path(".dvc/cache"))
        self.assert_states("not_yet", "missing")
        record, _ = self.repository.check("both")
        self.assertIn("`dvc pull data`", record["reason"])
        self.repository.dvc("pull", "-q")
        self.assert_states("ready", "clean")

    def test_one_file_evicted_from_the_cache(self):
        self.repository.evict(hashlib.md5(rows(1).encode()).hexdigest())
        self.assert_states("ready", "not_in_cache", rule="dvc_not_in_cache")

    def test_list_evicted_from_the_cache(self):
        self.repository.evict(self.repository.recorded())
        self.assert_states("ready", "not_in_cache", cli=self.told_by_cli("not_in_cache"))

    def test_edited_and_list_evicted(self):
        self.repository.evict(self.repository.recorded())
        self.repository.path("data/s1.csv").write_text(rows(9))
        self.assert_states("broken", "modified", cli=self.told_by_cli("modified"))

    def test_whole_cache_evicted(self):
        shutil.rmtree(self.repository.path(".dvc/cache"))
        self.assert_states("ready", "not_in_cache", cli=self.told_by_cli("not_in_cache"))

    def told_by_cli(self, expected):
        """`expected`, or unsupported where this DVC says that it does not know: without its list a folder can be unknown to it."""
        record, _ = self.repository.check("cli")
        return "unsupported" if record["dvc"]["outputs"][0]["state"] == "unsupported" else expected

    def test_remote_missing(self):
        shutil.rmtree(self.repository.folder / "remote")
        self.assert_states("ready", "clean")

    def test_lock_held(self):
        with open(self.repository.path(".dvc/tmp/lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for mode in ("native", "cli", "both"):
                record, code = self.repository.check(mode)
                self.assertEqual((record["verdict"], code), ("not_yet", 4))
                self.assertEqual([finding["rule"] for finding in record["findings"]], ["dvc_busy"])
        self.assert_states("ready", "clean")

    def test_stage_that_writes_the_data(self):
        self.repository.path("dvc.yaml").write_text(
            "stages:\n  slow:\n    cmd: touch started; while [ ! -e go ]; do sleep 0.1; done; mkdir -p out; cp data/s1.csv out\n    outs: [out]\n")
        self.repository.path("retrain.yaml").write_text(CONFIG.format(directory="out", dvc=DVC))
        stage = subprocess.Popen([DVC, "repro", "-q", "slow"], cwd=self.repository.path("."), env=self.repository.environment)
        try:
            while not self.repository.path("started").exists():
                self.assertIsNone(stage.poll())
            self.repository.path("dvc.lock").write_text(
                "schema: '2.0'\nstages:\n  slow:\n    cmd: x\n    outs:\n    - path: out\n      hash: md5\n      md5: " + "0" * 32 + ".dir\n")
            for mode in ("native", "cli", "both"):
                record, _ = self.repository.check(mode)
                self.assertEqual(record["verdict"], "not_yet", record["reason"])
        finally:
            self.repository.path("dvc.lock").unlink(missing_ok=True)
            self.repository.path("go").touch()
            stage.wait()
        self.assert_states("ready", "clean")

    def test_not_a_repository(self):
        shutil.rmtree(self.repository.path(".dvc"))
        for mode in ("native", "cli", "both"):
            record, code = self.repository.check(mode)
            self.assertEqual((record["verdict"], code), ("broken", 4))
            self.assertIn("no DVC repository", record["reason"])

    def test_file_of_its_own(self):
        self.repository.dvc("remove", "data.dvc")
        for number in range(1, 5):
            self.repository.dvc("add", "-q", f"data/s{number}.csv")
        self.assert_states("ready", ["clean"] * 4)
        self.repository.path("data/s2.csv").write_text(rows(9))
        self.repository.path("data/s3.csv").unlink()
        self.assert_states("broken", ["clean", "modified", "missing", "clean"])

    def record_as_dvc_2(self, content, md5):
        self.repository.dvc("remove", "data.dvc")
        for number in (2, 3, 4):
            self.repository.path(f"data/s{number}.csv").unlink()
        self.repository.path("data/s1.csv").write_bytes(content)
        self.repository.path("data/s1.csv.dvc").write_text(f"outs:\n- md5: {md5}\n  size: {len(content)}\n  path: s1.csv\n")

    def test_dvc_2_file_with_unix_line_ends(self):
        content = rows(1).encode()
        self.record_as_dvc_2(content, hashlib.md5(content).hexdigest())
        self.assert_states("ready", "not_in_cache")
        self.repository.path("data/s1.csv").write_text(rows(9))
        self.assert_states("broken", "modified")

    def test_dvc_2_file_with_windows_line_ends(self):
        content = rows(1, "\r\n").encode()
        self.record_as_dvc_2(content, hashlib.md5(rows(1).encode()).hexdigest())
        self.assert_states("ready", "unsupported", cli="not_in_cache")

    def test_stage_of_a_pipeline_in_another_folder(self):
        self.repository.path("work").mkdir()
        self.repository.path("dvc.yaml").write_text(
            "stages:\n  copy:\n    wdir: work\n    cmd: mkdir -p out; cp ../data/s*.csv out\n    deps: [../data]\n    outs: [out]\n")
        self.repository.dvc("repro", "-q")
        self.repository.path("retrain.yaml").write_text(CONFIG.format(directory="work/out", dvc=DVC))
        self.assert_states("ready", "clean")
        self.repository.path("work/out/s1.csv").write_text(rows(9))
        self.assert_states("broken", "modified")

    def test_ignored_files(self):
        self.repository.path(".dvcignore").write_text("*.tmp\n")
        self.repository.path("data/x.tmp").write_text("ignored")
        self.assert_states("ready", "unsupported", cli="clean")

    def test_link_in_the_folder(self):
        self.repository.path("outside").write_text(rows(7))
        self.repository.path("data/link").symlink_to(self.repository.path("outside"))
        self.repository.dvc("add", "-q", "data")
        self.assert_states("ready", "clean")

    def test_damaged_dvc_file(self):
        with open(self.repository.path("data.dvc"), "a", encoding="utf-8") as file:
            file.write("surprise: 1\n")
        for mode in ("native", "cli", "both"):
            record, _ = self.repository.check(mode)
            self.assertEqual(record["verdict"], "broken")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]], verbosity=2)
