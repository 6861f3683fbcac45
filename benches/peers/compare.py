#!/usr/bin/env python3
"""Prints the table of docs/performance.md: the whole audit against what DuckDB and polars need for a part of its work.

Every pair runs interleaved (ours, theirs, ours, theirs, ...), each in a process of its own with the same number of
threads, after one run of each to warm the page cache; medians and ratios of medians are printed. Peak memory is what the
operating system reports of the process. Needs `pip install duckdb polars` and `cargo build --release`; the decode
baseline is built by the script with `cargo bench --no-run`.

    python3 benches/peers/compare.py                      # 1.2 million encounters, 12 months
    python3 benches/peers/compare.py --encounters 100000  # a first impression
    python3 benches/peers/compare.py --part peers         # one part: peers, decode, memory, limit, scale, threads
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

AGGREGATE_JOIN = """
import duckdb, sys
data, threads = sys.argv[1], int(sys.argv[2])
connection = duckdb.connect()
connection.execute(f"set threads = {threads}")
print(connection.execute(f'''
    select count(*), sum(lines), sum(charted) from
      (select encounter_id, count(*) lines, sum(units) units, sum(allowed) allowed, min(service_date) first_day,
              count(distinct hcpcs) codes from read_parquet('{data}/claims/*.parquet') group by encounter_id)
      full join
      (select encounter_id, count(*) charted, min(start_time) first_start, max(stop_time) last_stop,
              count(distinct access_site) sites from read_parquet('{data}/flowsheets/*.parquet') group by encounter_id)
      using (encounter_id)
''').fetchall())
"""

POLARS_JOIN = """
import os, sys
data, threads = sys.argv[1], sys.argv[2]
os.environ["POLARS_MAX_THREADS"] = threads
import polars as pl
claims = pl.scan_parquet(f"{data}/claims/*.parquet").group_by("encounter_id").agg(
    pl.len().alias("lines"), pl.col("units").sum(), pl.col("allowed").sum(), pl.col("service_date").min(),
    pl.col("hcpcs").n_unique())
charted = pl.scan_parquet(f"{data}/flowsheets/*.parquet").group_by("encounter_id").agg(
    pl.len().alias("charted"), pl.col("start_time").min(), pl.col("stop_time").max(), pl.col("access_site").n_unique())
joined = claims.join(charted, on="encounter_id", how="full", coalesce=True)
print(joined.select(pl.len(), pl.col("lines").sum(), pl.col("charted").sum()).collect(engine="streaming"))
"""

LIST_COLLECT = """
import duckdb, sys
data, threads = sys.argv[1], int(sys.argv[2])
connection = duckdb.connect()
connection.execute(f"set threads = {threads}")
def columns(table):
    names = connection.execute(f"select column_name from (describe select * from read_parquet('{data}/{table}/*.parquet'))")
    return ", ".join(f"{name} := {name}" for (name,) in names.fetchall() if name != "encounter_id")
print(connection.execute(f'''
    select count(*), sum(len(lines)), sum(len(charted)) from
      (select encounter_id, list(struct_pack({columns('claims')}) order by claim_id, line_number) lines
         from read_parquet('{data}/claims/*.parquet') group by encounter_id)
      full join
      (select encounter_id, list(struct_pack({columns('flowsheets')}) order by start_time, administration_id) charted
         from read_parquet('{data}/flowsheets/*.parquet') group by encounter_id)
      using (encounter_id)
''').fetchall())
"""


def run(command):
    """Seconds, and peak resident bytes of the process."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"failed: {' '.join(map(str, command))[:300]}")
    return time.perf_counter() - started, usage.ru_maxrss * 1024, output


def medians(commands, runs):
    """Median seconds and peak bytes of each command, runs interleaved."""
    for command in commands:
        run(command)
    results = [[run(command)[:2] for command in commands] for _ in range(runs)]
    return [(statistics.median(row[at][0] for row in results), max(row[at][1] for row in results))
            for at in range(len(commands))]


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.made = options, pathlib.Path(folder), {}
        self.rows = []

    def data(self, encounters, months):
        key = (encounters, months)
        if key not in self.made:
            out = self.folder / f"data-{encounters}-{months}"
            if not out.exists():
                subprocess.run([self.options.binary, "generate", "--encounters", str(encounters), "--months", str(months),
                                "--out", out], check=True, stdout=subprocess.DEVNULL)
            self.made[key] = out
        return self.made[key]

    def audit(self, data, *more, threads=None, command="audit"):
        words = [self.options.binary, command, "--quiet", "--threads", str(threads or self.options.threads)]
        for table in ("claims", "flowsheets", "encounters"):
            words += [f"--{table}", data / table]
        return words + (["--out", self.folder / "out"] if command == "audit" else []) + list(more)

    def peer(self, script, data):
        return [sys.executable, "-c", script, str(data), str(self.options.threads)]

    def say(self, what, value, target):
        self.rows.append((what, value, target))
        print(f"| {what} | {value} | {target} |", flush=True)

    def peers(self):
        data = self.data(self.options.encounters, 12)
        (ours, memory), (duckdb, _), (polars, polars_memory) = medians(
            [self.audit(data), self.peer(AGGREGATE_JOIN, data), self.peer(POLARS_JOIN, data)], self.options.runs)
        rate = self.options.encounters / ours
        self.say(f"full audit ({ours:.1f} s, {rate:,.0f} encounters a second, {memory >> 20} MiB) ÷ DuckDB aggregate join "
                 f"({duckdb:.2f} s)", f"{ours / duckdb:.2f}", "≤ 1.5")
        self.say(f"full audit ÷ polars streaming join ({polars:.2f} s, {polars_memory >> 20} MiB)", f"{ours / polars:.2f}",
                 "≤ 1.5")
        lists, lists_memory, _ = run(self.peer(LIST_COLLECT, data))
        self.say(f"full audit ÷ DuckDB ordered lists of each encounter ({lists:.1f} s, {lists_memory >> 20} MiB, one run)",
                 f"{ours / lists:.2f}", "≤ 0.1")

    def floor(self):
        """The program that does with the parquet crate alone what the audit cannot do without."""
        built = subprocess.run(["cargo", "bench", "--no-run", "--bench", "decode", "--message-format=json"], cwd=ROOT,
                               check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        programs = [json.loads(line).get("executable") for line in built.splitlines() if line.startswith("{")]
        return [path for path in programs if path and "decode" in path][-1]

    def decode(self):
        data, threads = self.data(self.options.encounters, 12), str(self.options.threads)
        program = self.floor()
        (ours, _), (alone, _) = medians(
            [self.audit(data, command="check"), [program, "--data", str(data), "--threads", threads]], self.options.runs)
        self.say(f"scan, validate, partition and group ({ours:.2f} s) ÷ the parquet crate decoding the same columns "
                 f"({alone:.2f} s)", f"{ours / alone:.2f}", "≤ 1.6")
        audit = run(self.audit(data))[0]
        rewrite = [program, "--write", str(self.folder / "out" / "latest"), "--threads", threads]
        written = statistics.median(float(run(rewrite)[2].split()[0]) for _ in range(self.options.runs))
        self.say(f"full audit ({audit:.1f} s) ÷ the parquet crate decoding what it reads ({alone:.2f} s) and writing its "
                 f"tables again ({written:.2f} s)", f"{audit / (alone + written):.2f}", "the floor")

    def memory(self):
        month = self.options.encounters // 12
        peaks = {months: max(run(self.audit(self.data(month * months, months)))[1] for _ in range(2))
                 for months in (12, 24, 60)}
        text = ", ".join(f"{months} months {peak >> 20} MiB" for months, peak in peaks.items())
        self.say(f"peak resident memory: {text}", f"{max(peaks.values()) >> 20} MiB; 60 ÷ 12: {peaks[60] / peaks[12]:.2f}",
                 "≤ 512 MiB; ≤ 1.1")

    def limit(self):
        data = self.data(self.options.encounters, 12)
        limited = self.audit(data, "--memory-limit", "128MiB")
        (free, _), (tight, peak) = medians([self.audit(data), limited], self.options.runs)
        self.say(f"`--memory-limit 128MiB` ({tight:.1f} s, peak {peak >> 20} MiB) ÷ without", f"{tight / free:.2f}", "≤ 2")

    def scale(self):
        times = {}
        for encounters in self.options.scale:
            months = max(1, encounters // 100_000)
            data = self.data(encounters, months)
            run(self.audit(data))
            times[encounters] = min(run(self.audit(data))[0] for _ in range(2)) / encounters * 1e6
        text = ", ".join(f"{encounters:,}: {each:.2f} µs" for encounters, each in times.items())
        spread = max(times.values()) / min(times.values()) - 1
        self.say(f"time an encounter at {text}", f"± {spread / 2 * 100:.0f} %", "± 15 %")

    def threads(self):
        data = self.data(self.options.encounters, 12)
        (one, _), (two, _) = medians([self.audit(data, threads=1), self.audit(data, threads=2)], self.options.runs)
        self.say(f"1 thread ({one:.1f} s) ÷ 2 threads ({two:.1f} s)", f"{one / two:.2f}", "≥ 1.8")


def main():
    parts = ["peers", "decode", "limit", "threads", "scale", "memory"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "target/release/infusion-audit", type=pathlib.Path)
    parser.add_argument("--encounters", type=int, default=1_200_000)
    parser.add_argument("--scale", type=int, nargs="+", default=[100_000, 1_200_000, 10_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--part", choices=parts, action="append")
    parser.add_argument("--data", help="folder that keeps the generated data for another time")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    if not options.binary.exists():
        raise SystemExit(f"{options.binary} is not there: cargo build --release")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, options.data or folder)
        bench.folder.mkdir(parents=True, exist_ok=True)
        print("| what | measured | target |\n|---|---|---|")
        for part in options.part or parts:
            getattr(bench, part)()


if __name__ == "__main__":
    main()
