#!/usr/bin/env python3
"""Opens a report in headless Chromium and looks at it as its readers do: charts drawn, filters work, nothing on the console,
no request leaves the file, hostile text stays text, a filter answers in under 200 ms, no serious accessibility fault.

    python3 tests/browser/check.py REPORT.html [--rows N] [--hostile TEXT] [--picture FILE]

Needs `chromedriver` (Debian: chromium-driver) and nothing else: WebDriver is plain HTTP. Exit status 0 when all is well, 1 when
something is not, 77 when there is no browser.
"""

import argparse
import base64
import json
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request


class Browser:
    def __init__(self):
        driver = shutil.which("chromedriver")
        if not driver or not (shutil.which("chromium") or shutil.which("google-chrome")):
            print("no chromium with chromedriver here")
            sys.exit(77)
        self.process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self.process.stdout:
            if "successfully on port" in line:
                port = line.rsplit(" ", 1)[1].strip().rstrip(".")
                break
        self.at = f"http://127.0.0.1:{port}"
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000", "--disable-dev-shm-usage"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = "/session/" + answer["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.at + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def run(self, script, *values):
        return self.call("POST", self.session + "/execute/sync", {"script": script, "args": list(values)})

    def later(self, script, *values):
        return self.call("POST", self.session + "/execute/async", {"script": script, "args": list(values)})

    def log(self, kind):
        return self.call("POST", self.session + "/se/log", {"type": kind})

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.process.terminate()


FILTER = """
const box = document.getElementById('search');
const start = performance.now();
box.value = arguments[0];
box.dispatchEvent(new Event('input'));
document.body.offsetHeight;
return [performance.now() - start, document.querySelectorAll('#work tbody tr').length, document.getElementById('shown').textContent];
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--rows", type=int, help="rows that the worklist must hold")
    parser.add_argument("--hostile", help="text that must be on the page as text")
    parser.add_argument("--picture", type=pathlib.Path)
    options = parser.parse_args()
    browser, bad = Browser(), []

    def must(holds, what):
        if not holds:
            bad.append(what)

    try:
        browser.call("POST", browser.session + "/url", {"url": options.report.resolve().as_uri()})
        time.sleep(1)
        for chart in ("pareto", "trend", "heat", "owners"):
            drawn = browser.run(f"return document.querySelectorAll('#chart-{chart} svg path').length")
            must(drawn > 3, f"chart {chart} is not drawn ({drawn} paths)")
        rows = browser.run("return JSON.parse(document.getElementById('data').textContent).work.length")
        must(options.rows is None or rows == options.rows, f"the worklist holds {rows} rows, not {options.rows}")
        for text in ("ia-c", "facility", "no such text anywhere", ""):
            took, shown, told = browser.run(FILTER, text)
            must(took < 200, f"filter {text!r} took {took:.0f} ms")
            must((shown == 0) == (text.startswith("no such") or rows == 0), f"filter {text!r} shows {shown} rows")
            print(f"filter {text!r}: {took:.1f} ms, {told[:40]}")
        first = "return [...document.querySelectorAll('#work tbody tr')].map(row => row.cells[9].textContent)[0]"
        browser.run("document.querySelectorAll('#work th button')[9].click()")
        most = browser.run(first)
        browser.run("document.querySelectorAll('#work th button')[9].click()")
        least = browser.run(first)
        must(rows < 2 or most != least, "sorting by expected loss changes nothing")
        must(browser.run("return document.querySelectorAll('#work th[aria-sort]').length") == 1, "one column is sorted")
        browser.run("document.querySelector('[data-pareto=findings]').click(); document.getElementById('theme').click()")
        must(browser.run("return document.querySelectorAll('#chart-pareto svg path').length") > 3, "the chart is not redrawn")
        browser.run("document.getElementById('theme').click(); document.getElementById('reset').click()")
        if options.hostile:
            must(browser.run("return window.struck === undefined"), "hostile text ran")
            must(browser.run("return document.querySelectorAll('img').length") == 0, "hostile text became an element")
            must(options.hostile in browser.run("return document.body.innerText"), "hostile text is not shown as text")
        said = [entry["message"] for entry in browser.log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        must(not said, f"the console says {said[:3]}")
        asked = set()
        for entry in browser.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.add(message["params"]["request"]["url"])
        away = [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:", "chrome:"))]
        must(not away, f"requests leave the file: {away[:3]}")
        axe = (pathlib.Path(__file__).parent / "axe.min.js").read_text()
        faults = browser.later(axe + """
            ;const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then(
                found => done(found.violations.map(of => [of.impact, of.id, of.nodes.length, of.nodes[0].html.slice(0, 200)])),
                cause => done([['critical', String(cause), 0, '']]));
        """)
        for impact, name, count, html in faults:
            print(f"axe: {impact} {name} ({count}): {html}")
            must(impact not in ("serious", "critical"), f"axe: {name} ({impact}, {count} times)")
        if options.picture:
            options.picture.write_bytes(base64.b64decode(browser.call("GET", browser.session + "/screenshot")))
    finally:
        browser.close()
    for one in bad:
        print("FAULT:", one)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
