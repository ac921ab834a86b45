"""Holds retrain to a real MLflow server on loopback: what is promoted loads by its alias and predicts the same, however often the
server dies on the way, and rollbacks find their way there.

usage: mlflow_test.py BUILD_FOLDER FOLDER_OF_PROGRAMS
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve() / "bin" / "retrain"
PEERS = pathlib.Path(sys.argv[2]).resolve()
PATIENCE = 300  # seconds; the server needs about ten to start, a run waits while the machine is busy

CONFIG = """
model: {{name: toy, target: y, features: {{numeric: [x, z], categorical: [colour]}}}}
data: {{time: {{column: date}}}}
training: {{max_rounds: 30, early_stopping_rounds: 0, window_sessions: 12, mode: full, parameters: {{eta: 0.3, max_depth: 4}},
            xgboost_library: "{library}"}}
validation: {{holdout_sessions: 6}}
resources: {{max_cpu_percent: 100, max_memory_percent: 100}}
deployment: {{registry: mlflow, mlflow: {{tracking_uri: "{uri}"}}}}
"""

# Loads the champion as anybody would, and answers with what it predicts for the rows that are kept with the model.
PREDICT = """
import json, sys
import mlflow.pyfunc, pandas
uri, name, path = sys.argv[1:]
mlflow.set_tracking_uri(uri)
model = mlflow.pyfunc.load_model(f"models:/{name}@champion")
kept = json.load(open(path))
frame = pandas.DataFrame({feature: pandas.Series([row[i] for row in kept["rows"]], dtype="float64") for i, feature in enumerate(kept["features"])})
print(json.dumps([float(value) for value in model.predict(frame)]))
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A tracking server that can be killed and comes back with what it had."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None

    def start(self):
        words = [PEERS / "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
                 "--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db", "--artifacts-destination", f"{self.folder}/artifacts"]
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(words, start_new_session=True, stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.exchange("GET", "/health")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        raise AssertionError(f"the server does not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def kill(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def exchange(self, method, path, body=None, headers=None):
        """Status, content type and body of an answer."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()

    def call(self, method, path, body=None):
        text = json.dumps(body) if body else None
        return json.loads(self.exchange(method, "/api/2.0/mlflow/" + path, text, {"Content-Type": "application/json"})[2])


class Proxy(http.server.BaseHTTPRequestHandler):
    """Hands calls on to the server; after a given number of them it kills the server instead of handing back the answer."""

    def handle_call(self):
        peer = self.server.peer
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
        try:
            status, kind, reply = peer.exchange(self.command, self.path, body, headers)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        self.server.calls += 1
        if self.server.calls == self.server.kill_after:
            peer.kill()
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call

    def log_message(self, *words):
        pass


def write_days(folder, first, last, shift):
    numbers = random.Random(first)
    folder.mkdir(exist_ok=True)
    for day in range(first, last + 1):
        rows = ["date,x,z,colour,y"]
        for _ in range(60):
            x, z, colour = numbers.random() * 10, numbers.random(), numbers.choice(["blue", "green", "red"])
            level = {"blue": 0, "green": 5, "red": 10}[colour]
            date = f"2024-{1 + day // 29:02}-{1 + day % 28:02}"
            rows.append(f"{date},{x:.4f},{z:.4f},{colour},{3 * x + level + shift + numbers.random():.4f}")
        (folder / f"day-{day:03}.csv").write_text("\n".join(rows) + "\n")


class Workplace:
    """A folder with sessions, a configuration and a state."""

    def __init__(self, folder, uri):
        self.folder = folder
        library = next(PEERS.parent.glob("lib/python3*/site-packages/xgboost/lib/libxgboost.so"))
        (folder / "retrain.yaml").write_text(CONFIG.format(library=library, uri=uri))

    def call(self, *words):
        return subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True, check=False)

    def train(self, *words):
        done = self.call("run", "--reason", "a test", *words)
        end = time.monotonic() + PATIENCE
        while done.returncode == 75 and time.monotonic() < end:  # the machine is busy
            time.sleep(2)
            done = self.call("run", "last", *words)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)

    def production(self):
        return json.loads((self.folder / ".retrain/production/toy.json").read_text())

    def kept_rows(self):
        """The rows that are kept with the model in production, categories as codes, and what it answered."""
        model = json.loads((self.folder / f".retrain/models/{self.production()['sha256']}/model.json").read_text())
        codes = [{text: code for code, text in enumerate(entry["values"])} for entry in model["categorical"]]
        rows = []
        for row in model["golden_rows"]:
            rows.append(list(row["numeric"]) + [codes[i].get(text) for i, text in enumerate(row["categories"])])
        features = model["numeric"] + [entry["feature"] for entry in model["categorical"]]
        return {"features": features, "rows": rows}, [value for row in model["golden_rows"] for value in row["expected"]]


class MlflowTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        cls.peer = Server(cls.folder)
        cls.peer.start()
        cls.proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        cls.proxy.peer, cls.proxy.calls, cls.proxy.kill_after = cls.peer, 0, None
        threading.Thread(target=cls.proxy.serve_forever, daemon=True).start()
        cls.uri = f"http://127.0.0.1:{cls.proxy.server_port}"

    @classmethod
    def tearDownClass(cls):
        cls.peer.kill()
        cls.proxy.shutdown()
        cls.proxy.server_close()
        cls.scratch.cleanup()

    def workplace(self, name):
        folder = self.folder / name
        folder.mkdir()
        write_days(folder / "data", 1, 24, 0)
        workplace = Workplace(folder, self.uri)
        self.named = ("--set", f"deployment.mlflow.model_name={name}", "--set", f"deployment.mlflow.experiment={name}")
        self.assertEqual(workplace.call("init", *self.named).returncode, 0)
        return workplace

    def state_of(self, name):
        """Runs, logged models, versions and aliases that the server has under a name."""
        experiment = self.peer.call("GET", f"experiments/get-by-name?experiment_name={name}")["experiment"]["experiment_id"]
        runs = self.peer.call("POST", "runs/search", {"experiment_ids": [experiment]}).get("runs", [])
        models = self.peer.call("POST", "logged-models/search", {"experiment_ids": [experiment]}).get("models", [])
        versions = self.peer.call("GET", f"model-versions/search?filter=name%3D%27{name}%27").get("model_versions", [])
        registered = self.peer.call("GET", f"registered-models/get?name={name}")["registered_model"]
        aliases = {entry["alias"]: entry["version"] for entry in registered.get("aliases", [])}
        return runs, models, versions, aliases

    def check_one_of_each(self, name):
        runs, models, versions, aliases = self.state_of(name)
        self.assertEqual((len(runs), len(models), len(versions)), (1, 1, 1), name)
        self.assertEqual(aliases, {"champion": versions[0]["version"]}, name)
        self.assertEqual(runs[0]["info"]["status"], "FINISHED")
        self.assertEqual(models[0]["info"]["status"], "LOGGED_MODEL_READY")

    def second_champion(self, workplace):
        write_days(workplace.folder / "data", 25, 48, 6)
        workplace.train(*self.named)

    def test_what_is_promoted_loads_by_its_alias_and_predicts_the_same(self):
        workplace = self.workplace("loaded")

        workplace.train(*self.named)

        self.check_one_of_each("loaded")
        runs, _, versions, _ = self.state_of("loaded")
        kept, expected = workplace.kept_rows()
        (workplace.folder / "rows.json").write_text(json.dumps(kept))
        done = subprocess.run([PEERS / "python", "-W", "error::UserWarning:mlflow", "-c", PREDICT, self.uri, "loaded", workplace.folder / "rows.json"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), expected)
        tags = {tag["key"]: tag["value"] for tag in versions[0]["tags"]}
        self.assertEqual(tags["retrain.sha256"], workplace.production()["sha256"])
        metrics = {metric["key"] for metric in runs[0]["data"]["metrics"]}
        self.assertIn("candidate_loss", metrics)
        doctor = workplace.call("doctor", *self.named)
        self.assertEqual(doctor.returncode, 0, doctor.stdout)
        self.assertIn("loaded has champion version 1", doctor.stdout)

    def test_a_server_that_dies_after_any_call_ends_with_one_run_one_version_and_the_right_alias(self):
        original = self.workplace("original")
        self.peer.kill()
        original.train(*self.named)  # the promotion is local and stands
        self.peer.start()
        calls = 1
        while True:
            name = f"killed-{calls}"
            copy = Workplace(shutil.copytree(original.folder, self.folder / name), self.uri)
            named = ("--set", f"deployment.mlflow.model_name={name}", "--set", f"deployment.mlflow.experiment={name}")
            self.proxy.calls, self.proxy.kill_after = 0, calls

            copy.call("tick", *named)
            self.proxy.kill_after = None
            died = self.peer.process is None
            if died:
                self.peer.start()
                end = time.monotonic() + 30
                while time.monotonic() < end and "production:" in copy.call("tick", *named).stderr:
                    time.sleep(0.5)  # it waits until the server shows what the lost call did
                print(f"killed after call {calls}: whole again", file=sys.stderr)

            self.check_one_of_each(name)
            if not died:
                break
            calls += 1
        self.assertGreater(calls, 20)

    def test_an_alias_that_somebody_else_moved_is_reported_and_left_alone(self):
        workplace = self.workplace("moved")
        workplace.train(*self.named)
        _, models, versions, _ = self.state_of("moved")
        theirs = self.peer.call("POST", "model-versions/create",
                                {"name": "moved", "source": versions[0]["source"], "model_id": models[0]["info"]["model_id"]})
        theirs = theirs["model_version"]["version"]
        self.peer.call("POST", "registered-models/alias", {"name": "moved", "alias": "champion", "version": theirs})

        doctor = workplace.call("doctor", *self.named)
        self.second_champion(workplace)
        tick = workplace.call("tick", *self.named)

        self.assertNotEqual(doctor.returncode, 0)
        self.assertIn(f"serving finds version {theirs} of moved", doctor.stdout)
        self.assertIn("AliasMovedByOther", tick.stderr)
        self.assertEqual(self.state_of("moved")[3]["champion"], theirs)
        self.peer.call("DELETE", "registered-models/alias", {"name": "moved", "alias": "champion"})
        workplace.call("tick", *self.named)
        aliases = self.state_of("moved")[3]
        self.assertEqual(aliases["champion"], "3")

    def test_a_rollback_works_while_the_server_is_down_and_catches_up(self):
        workplace = self.workplace("back")
        workplace.train(*self.named)
        first = workplace.production()["sha256"]
        self.second_champion(workplace)
        self.assertNotEqual(workplace.production()["sha256"], first)
        self.assertEqual(self.state_of("back")[3], {"champion": "2"})

        self.peer.kill()
        done = workplace.call("rollback", "--reason", "a test", *self.named)
        self.assertEqual(workplace.production()["sha256"], first, done.stderr)
        self.peer.start()
        workplace.call("tick", *self.named)

        self.assertEqual(self.state_of("back")[3], {"champion": "1"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
