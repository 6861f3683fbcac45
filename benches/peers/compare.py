#!/usr/bin/env python3
"""Times the whole audit against DuckDB doing only the scan and the two-sided join-aggregate of the same files.

Runs are interleaved (ours, DuckDB, ours, DuckDB, ...), each in a process of its own with the same number of threads;
medians and the ratio of medians are printed. Needs `pip install duckdb` and a release build of infusion-audit.

    python3 benches/peers/compare.py --binary target/release/infusion-audit --encounters 200000 --runs 5
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

QUERY = """
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


def seconds(command):
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/infusion-audit")
    parser.add_argument("--encounters", type=int, default=200_000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    with tempfile.TemporaryDirectory() as folder:
        data, out = f"{folder}/data", f"{folder}/out"
        subprocess.run(
            [binary, "generate", "--encounters", str(options.encounters), "--months", str(options.months), "--out", data],
            check=True,
        )
        ours = [binary, "audit", "--quiet", "--claims", f"{data}/claims", "--flowsheets", f"{data}/flowsheets"]
        ours += ["--encounters", f"{data}/encounters", "--out", out, "--threads", str(options.threads)]
        peer = [sys.executable, "-c", QUERY, data, str(options.threads)]
        seconds(ours), seconds(peer)
        pairs = [(seconds(ours), seconds(peer)) for _ in range(options.runs)]
    audit, duckdb = (statistics.median(times) for times in zip(*pairs))
    print(f"whole audit, everything written: median {audit:.2f} s, {options.encounters / audit:,.0f} encounters a second")
    print(f"DuckDB, join-aggregate alone:    median {duckdb:.2f} s (its process start included)")
    print(f"ratio: {audit / duckdb:.2f}")


if __name__ == "__main__":
    main()
