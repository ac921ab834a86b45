"""The goals of the readiness check against other readers, measured in one run: contenders take turns, the best of each counts.

usage: bars.py PROGRAM FOLDER [--bytes N] [--rounds N] [--f1 FOLDER]

PROGRAM is retrain_bench_readiness; FOLDER gets the generated files. Prints a line a bar and exits with 1 when one is missed.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import values

HERE = pathlib.Path(__file__).resolve().parent


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Contest:
    """Contenders by name, each a command; `best` is the least of all rounds."""

    def __init__(self, program):
        self.program = program
        self.commands = {}
        self.best = {}
        self.last = {}

    def ours(self, name, task, path, *options, repeat=3):
        self.commands[name] = [self.program, task, path, "--repeat", repeat, *options]

    def peer(self, name, reader, task, path, threads=1, repeat=1):
        self.commands[name] = [sys.executable, HERE / "peers.py", reader, task, path, threads, repeat]

    def play(self, rounds):
        for number in range(rounds):
            for name, command in self.commands.items():
                result = run(command)
                self.last[name] = result
                self.best[name] = min(result["best"], self.best.get(name, result["best"]))
            print(f"round {number + 1} of {rounds}: load {os.getloadavg()[0]:.2f}", flush=True)

    def ratio(self, slow, fast):
        return self.best[slow] / self.best[fast]


def generate(program, folder, size):
    folder.mkdir(parents=True, exist_ok=True)
    files = {"laps": ["--bytes", size], "worst": ["--bytes", size // 4, "--worst"], "plain": ["--bytes", size // 4],
             "session": ["--sessions", 1]}
    for name, options in files.items():
        path = folder / f"{name}.csv"
        if not path.exists():
            subprocess.run([program, "generate", path, *map(str, options)], check=True, stdout=subprocess.DEVNULL)
    return {name: folder / f"{name}.csv" for name in files}


def enter(contest, files, races):
    laps = files["laps"]
    simd = "avx2" if "avx2" in pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii") else "portable"
    contest.ours("touch", "touch", laps)
    contest.ours("check", "check", laps, "--set", simd)
    contest.ours("check, best set", "check", laps)
    contest.ours("check, sse2", "check", laps, "--set", "sse2" if simd == "avx2" else "portable")
    contest.ours("check, 2 threads", "check", laps, "--set", simd, "--threads", 2)
    contest.ours("check with hash", "check", laps, "--hash")
    contest.ours("check with hash, 2 threads", "check", laps, "--hash", "--threads", 2)
    contest.ours("columns", "columns", laps)
    contest.ours("columns, 2 threads", "columns", laps, "--threads", 2)
    contest.ours("load, 2 threads", "load", laps, "--threads", 2)
    contest.peer("pandas check", "pandas", "check", laps)
    contest.peer("pandas columns", "pandas", "columns", laps)
    contest.peer("pyarrow read", "pyarrow", "read", laps)
    contest.peer("pyarrow read, 2 threads", "pyarrow", "read", laps, threads=2)
    contest.peer("polars check", "polars", "check", laps)
    contest.peer("duckdb check", "duckdb", "check", laps)
    contest.peer("duckdb check, 2 threads", "duckdb", "check", laps, threads=2)
    contest.ours("normal class", "check", files["plain"])
    contest.ours("worst class", "check", files["worst"])
    contest.ours("session", "check", files["session"], repeat=200)
    contest.peer("pandas session", "pandas", "check", files["session"], repeat=30)


    if races:
        contest.ours("races", "races", races, "--set", simd, repeat=5)
        contest.ours("races, sse2", "races", races, "--set", "sse2" if simd == "avx2" else "portable", repeat=5)
        contest.peer("pandas races", "pandas", "races", races, repeat=2)


def judge(contest, files):
    """Yields name, measured, floor, aim."""
    rate = {name: files[name].stat().st_size for name in ("plain", "worst")}
    yield "check over pandas read + checks", contest.ratio("pandas check", "check"), 12, 18
    yield "the same with SSE2 only", contest.ratio("pandas check", "check, sse2"), 6, None
    yield "check + float32 over pandas doing the same", contest.ratio("pandas columns", "columns"), 12, 18
    yield "the same over pyarrow's read, 1 thread", contest.ratio("pyarrow read", "columns"), 4, 6
    yield "the same over pyarrow's read, 2 threads", contest.ratio("pyarrow read, 2 threads", "columns, 2 threads"), 4, 6
    yield "the same over DuckDB load + checks, 1 thread", contest.ratio("duckdb check", "columns"), 15, 25
    yield "the same over DuckDB load + checks, 2 threads", contest.ratio("duckdb check, 2 threads", "columns, 2 threads"), 15, 25
    yield "check as a share of pread + touch", contest.ratio("touch", "check, best set"), 0.15, 0.22
    yield "check, two threads over one", contest.ratio("check", "check, 2 threads"), 1.5, 1.8
    yield "columns, two threads over one", contest.ratio("columns", "columns, 2 threads"), 1.5, 1.8
    peak = {name: contest.last[name]["peak_kb"] / 1024 for name in ("check", "columns")}
    output = contest.last["columns"]["rows"] * (20 * 4 + 8) / 2**20  # 14 float32, 6 codes, the row's number
    yield "peak of check in 16 MB (1 = just so)", 16 / peak["check"], 1, None
    yield "peak of columns in output x 1.15 + 16 MB (1 = just so)", (1.15 * output + 16) / peak["columns"], 1, None
    small = max(contest.ratio("pandas session", "session") / 20, 0.0005 / contest.best["session"])
    yield "one session: 0.5 ms or 20 x pandas (1 = just so)", small, 1, None
    share = (rate["worst"] / contest.best["worst class"]) / (rate["plain"] / contest.best["normal class"])
    if "races" in contest.best:
        yield "real laps: check over pandas read + checks", contest.ratio("pandas races", "races"), 12, 18
        yield "real laps: the same with SSE2 only", contest.ratio("pandas races", "races, sse2"), 6, None
    yield "worst class over the normal rate", share, 0.25, None


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("program", type=pathlib.Path)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--bytes", type=int, default=500_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--f1", type=pathlib.Path, help="folder of real laps, a folder a season")
    options = arguments.parse_args()
    files = generate(options.program, options.folder, options.bytes)
    contest = Contest(options.program)
    enter(contest, files, options.f1)
    contest.play(options.rounds)
    for name, seconds in contest.best.items():
        print(f"{name:32} {seconds:10.4f} s  rows {contest.last[name]['rows']}, findings {contest.last[name]['findings']}, "
              f"peak {contest.last[name].get('peak_kb', 0) // 1024} MB")
    missed = values.main(options.program, options.folder / "values.csv")
    for name, measured, floor, aim in judge(contest, files):
        good = measured >= floor
        missed += not good
        goal = f"at least {floor}" + (f", aim {aim}" if aim else "")
        print(f"{'pass' if good else 'MISS'}  {name}: {measured:.3g} ({goal})")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
