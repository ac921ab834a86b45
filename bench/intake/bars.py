"""The goals of the intake, each against the raw rate of the same disk in the same minute.

usage: bars.py PROGRAM FOLDER [--commit TEXT] [--seed N] [--only NAME]… [--alerts N]

PROGRAM is retrain_bench_intake; FOLDER gets the states and must lie on the disk that counts. Prints a line a bar and exits with 1
when one is missed. What waits for a disk is only told in multiples of (overwrite 4 KiB, fdatasync): the two take turns.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time


class Bench:
    def __init__(self, program, folder, seed, commit):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(folder)
        self.random = random.Random(seed)
        self.seed = seed
        self.commit = commit
        self.missed = []

    def state(self, name):
        """An empty folder for a state of its own."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def start(self, task, folder, *arguments):
        command = [self.program, task, str(folder), *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, task, folder, *arguments):
        process = self.start(task, folder, *arguments)
        out, err = process.communicate()
        if process.returncode != 0:
            sys.exit(f"{task}: {err.strip()}")
        return out

    def figures(self, task, folder, *arguments):
        return json.loads(self.run(task, folder, *arguments))

    def bar(self, name, passed, text):
        if not passed:
            self.missed.append(name)
        print(f"{name:<10} {'pass' if passed else 'MISS'}  {text}  (seed {self.seed}, commit {self.commit}, "
              f"load {os.getloadavg()[0]:.2f})", flush=True)


def commits(bench):
    found = bench.figures("commits", bench.state("commits"), 100)
    bench.bar("commits", found["ratio"] <= 2.5,
              f"one producer: p50 {found['p50'] * 1e3:.3f} ms = {found['ratio']:.2f} x the raw {found['raw_p50'] * 1e3:.3f} ms, "
              f"p99 {found['p99'] * 1e3:.2f} ms; bar 2.5 x")


def group(bench):
    found = bench.figures("group", bench.state("group"), 64, 1, 5)
    bench.bar("group", found["ratio"] >= 1.2,
              f"64 producers: {found['rate']:.0f}/s = {found['ratio']:.2f} x the raw {found['raw']:.0f}/s, "
              f"longest wait {found['longest'] * 1e3:.0f} ms; bar 1.2 x")


def batches(bench):
    found = bench.figures("batches", bench.state("batches"), 100, 1, 5)
    bench.bar("batches", found["ratio"] >= 3,
              f"batches of 100: {found['rate']:.0f}/s = {found['ratio']:.2f} x the raw {found['raw']:.0f}/s; bar 3 x")


def processes(bench):
    folder = bench.state("processes")
    bench.run("fill", folder, 1)
    begin = time.time() + 1
    producers = [bench.start("produce", folder, f"process{i}", begin, begin + 5) for i in range(4)]
    results = []
    for producer in producers:
        out, err = producer.communicate()
        if producer.returncode != 0:
            sys.exit(f"produce: {err.strip()}")
        results.append(json.loads(out))
    counts = sorted(result["count"] for result in results)
    longest = max(result["longest"] for result in results)
    share = counts[0] / counts[-1] if counts[-1] else 0
    bench.bar("processes", share >= 0.25 and longest <= 1,
              f"four processes on one state, 5 s: {counts[0]} to {counts[-1]} alerts ({share:.0%}), longest wait {longest:.3f} s; "
              "bars 25 %, 1 s")


class Sender:
    """A process that submits alerts `first` to `past` - 1, killed once on its way; remembers which were acknowledged."""

    def __init__(self, bench, folder, name, past):
        self.bench, self.folder, self.name, self.past = bench, folder, name, past
        self.acknowledged = set()

    def send_until(self, killed_after):
        """The number it had reached when it was killed, or its end."""
        first = len(self.acknowledged)
        process = self.bench.start("acknowledge", self.folder, self.name, first, self.past)
        for line in process.stdout:
            if not line.strip().isdigit():
                break
            self.acknowledged.add(int(line))
            if len(self.acknowledged) >= killed_after:
                process.send_signal(signal.SIGKILL)
                break
        # What it printed before it died counts, too.
        for line in process.stdout:
            if line.endswith("\n") and line.strip().isdigit():
                self.acknowledged.add(int(line))
        error = process.stderr.read()
        if process.wait() not in (0, -signal.SIGKILL):
            sys.exit(f"acknowledge: {error.strip()}")


def kills(bench):
    folder = bench.state("kills")
    bench.run("fill", folder, 0)
    senders = [Sender(bench, folder, name, 5000) for name in ("left", "right")]
    pauses = [bench.random.randrange(1500, 3500) for _ in senders]
    interleave(senders, pauses)
    interleave(senders, [sender.past + 1 for sender in senders])
    stored, runs, broken = {}, set(), []
    for line in bench.run("list", folder).splitlines():
        fields = line.split("\t")
        if fields[0] == "run":
            runs.add(fields[1])
        elif fields[0] == "broken":
            broken.append(fields[1])
        elif len(fields) == 5 and fields[2] != "duplicate":
            stored.setdefault(fields[0], []).append(fields[1:])
    acknowledged = {f"{sender.name}-{number}" for sender in senders for number in sender.acknowledged}
    lost = [name for name in acknowledged if name not in stored]
    doubled = [name for name, rows in stored.items() if len(rows) > 1]
    mute = [name for name, rows in stored.items() if not rows[0][3] or rows[0][1] == "invalid"]
    started = [(row[0], row[2]) for rows in stored.values() for row in rows if row[1] in ("accepted", "escalated")]
    keys = [key for key, _ in started]
    astray = [name for name, rows in stored.items() if rows[0][2] not in runs]
    one_run_a_key = len(set(keys)) == len(keys) and {run for _, run in started} == runs
    clean = not (lost or doubled or mute or astray or broken) and one_run_a_key
    bench.bar("kills", clean and len(acknowledged) == 10000 and len(stored) == 10000,
              f"10,000 alerts of 50 sources from two processes, killed after {pauses[0]} and {pauses[1]}: {len(acknowledged)} "
              f"acknowledged, {len(lost)} lost, {len(doubled)} twice, {len(mute)} without verdict or reason, {len(astray)} without "
              f"their run, {len(runs)} run, {len(broken)} invariants broken")


def interleave(senders, limits):
    """Lets all senders work at the same time, each up to its limit."""
    import threading
    threads = [threading.Thread(target=sender.send_until, args=(limit,)) for sender, limit in zip(senders, limits)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def integrity_check(path):
    begin = time.perf_counter()
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    answer = database.execute("PRAGMA integrity_check").fetchone()[0]
    database.close()
    return answer, time.perf_counter() - begin


def opening(bench, alerts):
    folder = bench.state("opening")
    bench.run("fill", folder, alerts)
    ours, theirs = [], []
    for _ in range(3):
        found = bench.figures("opening", folder)
        ours.append(found["open"] + found["verify"])
        answer, taken = integrity_check(folder / "state" / "state.db")
        theirs.append(taken)
        if not found["ok"] or answer != "ok":
            sys.exit("the state that was filled is not whole")
    limit = max(1.0, 3 * min(theirs))
    bench.bar("opening", min(ours) <= limit,
              f"open and verify_state() of {alerts} alerts: {min(ours):.2f} s, SQLite's integrity_check {min(theirs):.2f} s; "
              f"bar {limit:.2f} s")


def decisions(bench):
    found = bench.figures("decisions", bench.state("decisions"), 200)
    bench.bar("decisions", found["seconds"] <= 5e-6, f"a decision: {found['seconds'] * 1e6:.2f} us; bar 5 us")


def ageing(bench):
    found = bench.figures("ageing", bench.state("ageing"))
    bench.bar("ageing", found["waited"] <= found["bound"],
              f"a run of severity {found['severity']} under a stream of urgent ones started after {found['waited'] / 60:.0f} min and "
              f"{found['before']:.0f} of them; bar {found['bound'] / 60:.0f} min")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--commit", default="unknown")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--alerts", type=int, default=200_000)
    options = parser.parse_args()
    bench = Bench(options.program, options.folder, options.seed, options.commit)
    bars = {"commits": commits, "group": group, "batches": batches, "processes": processes, "kills": kills,
            "opening": lambda b: opening(b, options.alerts), "decisions": decisions, "ageing": ageing}
    unknown = set(options.only) - set(bars)
    if unknown:
        sys.exit(f"there is no bar {', '.join(sorted(unknown))}; there are {', '.join(bars)}")
    for name, measure in bars.items():
        if not options.only or name in options.only:
            measure(bench)
    shutil.rmtree(bench.folder, ignore_errors=True)
    if bench.missed:
        sys.exit(f"missed: {', '.join(bench.missed)}")


if __name__ == "__main__":
    main()
