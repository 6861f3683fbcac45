#!/usr/bin/env python3
"""Runs every query of docs/outputs.md on a run's folder, and sets what they say of the whole against the manifest.

    pip install duckdb polars
    python3 tests/queries.py reports/<run id>

Exit status 77 where duckdb is not installed.
"""

import json
import os
import pathlib
import re
import sys

try:
    import duckdb
except ImportError:
    print("duckdb is not installed")
    sys.exit(77)

TEXT = (pathlib.Path(__file__).resolve().parents[1] / "docs/outputs.md").read_text()
# Questions that the planted errors of the tests must find something for.
ANSWERED = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}


def main():
    os.chdir(sys.argv[1])
    totals = json.loads(pathlib.Path("manifest.json").read_text())["totals"]
    queries = re.findall(r"^## (\d+)\. .*?```sql\n(.*?)```", TEXT, re.M | re.S)
    assert [int(number) for number, _ in queries] == list(range(1, 11)), "ten questions"
    answers = {}
    for number, query in queries:
        answers[int(number)] = rows = duckdb.sql(query).fetchall()
        assert rows or int(number) not in ANSWERED, f"question {number} finds nothing"
    findings, leakage, overpayment, disputed, loss = answers[1][0]
    assert findings == totals["findings"]
    close = lambda one, cents: abs(one - cents / 100) < 0.005
    assert close(leakage, totals["leakage_cents"]) and close(overpayment, totals["overpayment_cents"])
    assert close(disputed or 0, totals["disputed_cents"]) and close(loss, totals["expected_loss_cents"])
    shares = [row[-1] for row in answers[2]]
    assert shares == sorted(shares) and shares[-1] >= 0.8
    assert len(shares) == 1 or shares[-2] < 0.8
    assert len(set(answers[10][0])) == 1 and answers[10][0][0] == totals["net_cents"]
    assert abs(sum(row[2] for row in answers[7]) - totals["leakage_cents"] / 100) < 0.05
    try:
        import polars  # noqa: F401
    except ImportError:
        print("polars is not installed; its example was not run")
        return
    known = {}
    exec(re.search(r"```python\n(.*?)```", TEXT, re.S).group(1), known)
    assert known["totals"]["findings"][0] == totals["findings"]
    assert close(known["totals"]["leakage_cents"][0], totals["leakage_cents"])
    assert known["months"].height == len(answers[3])


if __name__ == "__main__":
    main()
