"""Holds retrain to a real Prometheus and a real Alertmanager on loopback: a rule fires, repeats, resolves and fires again.

usage: alertmanager_test.py BUILD_FOLDER FOLDER_OF_PROGRAMS

A receiver hands each body to `retrain alert ingest`, as docs/formats/alert.md says one should.
"""

import http.server
import json
import os
import pathlib
import random
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
PATIENCE = 30  # seconds; each step takes about two

CONFIG = """
model: {name: toy, target: y, features: {numeric: [x, z]}}
data: {time: {column: date}}
training: {max_rounds: 20, early_stopping_rounds: 0, window_sessions: 8, mode: full, parameters: {eta: 0.3, max_depth: 4}}
validation: {holdout_sessions: 6}
resources: {max_cpu_percent: 100, max_memory_percent: 100}
drift: {settle_seconds: 3600}
"""

RULES = """
groups:
  - name: drift
    rules:
      - alert: ModelDrift
        expr: model_drift_share > 0.5
        for: 0s
        labels: {severity: warning, model: toy}
        annotations: {drift_score: '{{ $value | printf "%.4f" }}', summary: 'drift on {{ $labels.feature }}'}
"""

PROMETHEUS = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]}}]}}
scrape_configs: [{{job_name: drift, static_configs: [{{targets: ['127.0.0.1:{metrics}']}}]}}]
"""

ALERTMANAGER = """
route: {{receiver: retrain, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1s}}
receivers: [{{name: retrain, webhook_configs: [{{url: 'http://127.0.0.1:{receiver}/', send_resolved: true}}]}}]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")


class Workplace:
    """A folder with sessions, a configuration and a state; calls of the program take turns, as a receiver's do."""

    def __init__(self, folder):
        self.folder = folder
        numbers = random.Random(7)
        (folder / "data").mkdir()
        for day in range(1, 25):
            rows = ["date,x,z,y"]
            for _ in range(60):
                x, z = numbers.random() * 10, numbers.random()
                rows.append(f"2024-01-{day:02},{x:.4f},{z:.4f},{3 * x + numbers.random():.4f}")
            (folder / f"data/day-{day:03}.csv").write_text("\n".join(rows) + "\n")
        (folder / "retrain.yaml").write_text(CONFIG)
        done = self.call("init")
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode())

    def call(self, *words, body=b""):
        return subprocess.run([PROGRAM, *words], cwd=self.folder, input=body, capture_output=True, check=False)

    def json(self, *words):
        done = self.call(*words, "--json")
        if not done.stdout:
            raise AssertionError(f"{words}: {done.stderr.decode()}")
        return json.loads(done.stdout)

    def verdicts(self):
        """Of all alerts, oldest first."""
        return [alert["decision"]["verdict"] for alert in reversed(self.json("alert", "list", "--limit", "1000"))]


class Receiver(http.server.BaseHTTPRequestHandler):
    """2xx for what is stored, 503 for what must come again."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        done = self.server.workplace.call("alert", "ingest", "-", body=body)
        self.send_response(200 if done.returncode == 0 else 503)
        self.end_headers()
        self.server.received.append((json.loads(body), done))

    def log_message(self, *words):
        pass


class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(f'model_drift_share{{feature="x"}} {self.server.share}\n'.encode())

    def log_message(self, *words):
        pass


class AlertmanagerTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        (self.scratch / "work").mkdir()
        self.workplace = Workplace(self.scratch / "work")
        self.metrics = self.serve(Metrics)
        self.metrics.share = 0.8
        self.receiver = self.serve(Receiver)
        self.receiver.workplace, self.receiver.received = self.workplace, []
        prometheus, alertmanager = free_port(), free_port()
        ports = {"alertmanager": alertmanager, "metrics": self.metrics.server_port, "receiver": self.receiver.server_port}
        (self.scratch / "rules.yml").write_text(RULES)
        (self.scratch / "prometheus.yml").write_text(PROMETHEUS.format(**ports))
        (self.scratch / "alertmanager.yml").write_text(ALERTMANAGER.format(**ports))
        self.start("prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=alertmanager",
                   f"--web.listen-address=127.0.0.1:{alertmanager}", "--cluster.listen-address=")
        self.start("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus",
                   f"--web.listen-address=127.0.0.1:{prometheus}")

    def serve(self, handler):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(lambda: (server.shutdown(), thread.join(), server.server_close()))
        return server

    def start(self, name, *options):
        log = open(self.scratch / f"{name}.log", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen([PEERS / name, *options], cwd=self.scratch, stdout=log, stderr=log, start_new_session=True,
                                   env={"PATH": os.environ["PATH"], "HOME": str(self.scratch), "NO_PROXY": "*"})
        self.addCleanup(process.wait)
        self.addCleanup(os.killpg, process.pid, signal.SIGKILL)

    def bodies(self, status):
        return [body for body, _ in self.receiver.received if body["status"] == status]

    def wait_for_bodies(self, status, more):
        wanted = len(self.bodies(status)) + more
        wait_for(f"{more} {status} bodies", lambda: len(self.bodies(status)) >= wanted)

    def test_one_run_however_often_an_alert_repeats_and_none_when_it_is_over(self):
        self.wait_for_bodies("firing", 3)
        verdicts, runs = self.workplace.verdicts(), self.workplace.json("runs")
        self.assertEqual(verdicts[0], "accepted")
        self.assertEqual(set(verdicts[1:]), {"duplicate"})
        self.assertEqual([run["state"] for run in runs], ["queued"])
        first = self.workplace.json("alert", "list", "--limit", "1000")[-1]["alert"]
        self.assertEqual((first["severity"], first["severity_rule"]), (0.8, "alertmanager.drift_score"))
        self.assertEqual((first["source"], first["model"], first["summary"]), ("alertmanager:ModelDrift", "toy", "drift on x"))

        self.metrics.share = 0.1
        self.wait_for_bodies("resolved", 1)
        run = self.workplace.json("runs")[0]
        self.assertEqual(run["outcome"], "cancelled")
        self.assertIn("reports that the cause is over", run["reason"])
        self.assertIn("resolved", self.workplace.verdicts())

        self.metrics.share = 0.9
        self.wait_for_bodies("firing", 3)
        runs = self.workplace.json("runs")
        self.assertEqual(len(runs), 2)
        self.assertEqual(runs[0]["state"], "queued")
        self.assertEqual(self.workplace.verdicts().count("accepted"), 2)
        self.assertEqual(set(self.workplace.verdicts()), {"accepted", "duplicate", "resolved"})
        self.assertTrue(all(done.returncode == 0 for _, done in self.receiver.received))
        self.assertTrue(self.workplace.json("doctor")["ok"])

    def test_a_run_that_ended_stays_as_it_ended_while_the_alert_repeats_and_resolves(self):
        self.workplace.folder.joinpath("retrain.yaml").write_text(CONFIG.replace("drift: {settle_seconds: 3600}", ""))
        self.wait_for_bodies("firing", 1)
        for _ in range(15):  # a busy machine lets it wait
            self.workplace.call("tick")
            if self.workplace.json("runs")[0]["state"] == "finished":
                break
            time.sleep(1)
        run = self.workplace.json("runs")[0]
        if run["state"] != "finished":
            self.skipTest(f"the machine is too busy for a run: {run['reason']}")
        self.assertEqual(run["outcome"], "promoted")

        self.wait_for_bodies("firing", 2)
        self.metrics.share = 0.1
        self.wait_for_bodies("resolved", 1)

        self.assertEqual(self.workplace.json("runs"), [run])
        self.assertTrue(self.workplace.json("doctor")["ok"])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # with the cleanups
    unittest.main(argv=sys.argv[:1], verbosity=2)
