#!/usr/bin/env python3
"""Opens a report in a headless Chromium with the network off and tries what a reader would.

Usage: report_in_browser.py PAGE [--screenshots FOLDER]

Checked: no error on the console and no request but for the page itself; every chart has lines and
readable labels; values come up under the pointer; the slider smooths; the legend hides a line; no
completion is more than text; nothing is wider than the window, on a desk and on a phone, light and
dark. Prints a line a check and ends with 1 where one fails, with 2 where there is no Chromium. Needs
nothing but Python and Chromium.
"""
import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
WINDOWS = [
    ("desk-light", 1280, 900, "light"),
    ("desk-dark", 1280, 900, "dark"),
    ("phone-light", 390, 844, "light"),
    ("phone-dark", 390, 844, "dark"),
]


class Browser:
    """Chromium, spoken to over a pair of pipes: messages of JSON that end with a zero byte."""

    def __init__(self, path, profile):
        to_read, self.out = os.pipe()
        self.into, to_write = os.pipe()

        def pipes():
            # Either number may be one of 3 and 4: both move out of the way first.
            read, write = os.dup(to_read), os.dup(to_write)
            high = [os.dup2(read, 63), os.dup2(write, 64)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [
                path, "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
                "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                "--no-first-run", "--hide-scrollbars", f"--user-data-dir={profile}",
                "--host-resolver-rules=MAP * ~NOTFOUND", "about:blank",
            ],
            preexec_fn=pipes, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.rest = b""
        self.count = 0
        self.session = None
        self.events = []

    def message(self):
        while b"\0" not in self.rest:
            part = os.read(self.into, 1 << 16)
            if not part:
                raise SystemExit("the browser ended")
            self.rest += part
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.count += 1
        request = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.out, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.count:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message())

    def value(self, expression):
        result = self.call(
            "Runtime.evaluate", expression=f"(() => {{ {expression} }})()", returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def close(self):
        self.process.terminate()
        self.process.wait()


class Checks:
    def __init__(self):
        self.failures = 0

    def __call__(self, name, problems):
        self.failures += bool(problems)
        print(f"{'FAIL' if problems else 'ok  '} {name}" + (f": {problems}" if problems else ""))


def complaints(browser):
    """Errors on the console, exceptions, and requests beyond the page."""
    found = []
    for event in browser.events:
        method, content = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            found.append(content["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and content["type"] in ("error", "warning"):
            found.append(str(content["args"]))
        elif method == "Log.entryAdded" and content["entry"]["level"] in ("error", "warning"):
            found.append(content["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            url = content["request"]["url"]
            if not url.startswith("file://") or not url.split("#")[0].endswith(".html"):
                found.append(f"a request for {url}")
    return found


CHARTS = """
return [...document.querySelectorAll("figure.chart")].flatMap(figure => {
  const title = figure.querySelector("h3").textContent;
  const lines = [...figure.querySelectorAll("g.series polyline")];
  const drawn = lines.filter(line => { const b = line.getBBox(); return b.width + b.height > 0; });
  const dots = figure.querySelectorAll("g.series circle");
  const faults = [];
  if (drawn.length === 0 && dots.length === 0) faults.push(title + ": nothing is drawn");
  for (const line of lines)
    if (/NaN|undefined/.test(line.getAttribute("points"))) faults.push(title + ": a point is none");
  if (figure.querySelectorAll("svg .tick").length < 4) faults.push(title + ": too few labels");
  if (figure.querySelectorAll(".entry").length !== figure.querySelectorAll("g.series").length)
    faults.push(title + ": the legend lacks a line");
  const boxes = [...figure.querySelectorAll("svg[data-plot] text")].map(t => t.getBoundingClientRect());
  const overlaps = boxes.some((a, i) => boxes.slice(i + 1).some(b =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2));
  if (overlaps) faults.push(title + ": labels overlap");
  const area = figure.getBoundingClientRect();
  if (boxes.some(b => b.left < area.left || b.right > area.right))
    faults.push(title + ": a label is cut");
  return faults;
});
"""

WIDE = """
const wide = document.documentElement.scrollWidth - window.innerWidth;
return wide > 0 ? "the page is " + wide + " pixels too wide" : "";
"""

HOVER = """
const svg = document.querySelector("figure.chart svg[data-plot]");
svg.scrollIntoView({block: "center"});
const box = svg.getBoundingClientRect();
return [box.left + box.width * 0.6, box.top + box.height * 0.5];
"""

VALUES = """
const figure = document.querySelector("figure.chart");
const panel = figure.querySelector(".values");
const lines = figure.querySelectorAll("g.series").length;
if (!panel || panel.hidden) return "nothing comes up";
if (!/^step \\d+/.test(panel.textContent)) return "no step: " + panel.textContent;
if (/NaN|undefined/.test(panel.textContent)) return panel.textContent;
const [box, all] = [panel.getBoundingClientRect(), figure.getBoundingClientRect()];
if (!/^[0-9.]+px$/.test(panel.style.left)) return "it stands nowhere";
if (box.left < all.left - 1 || box.right > all.right + 1) return "it is cut";
return panel.querySelectorAll("i").length === lines ? "" : "not a value a line";
"""

SMOOTHING = """
const slider = document.querySelector("#smoothing");
if (!slider || slider.closest("label").hidden) return "there is no slider";
const line = document.querySelector(".smooth");
const before = line.getAttribute("points");
const rough = () => {
  const ys = line.getAttribute("points").split(" ").map(p => Number(p.split(",")[1]));
  return ys.slice(1).reduce((sum, y, i) => sum + Math.abs(y - ys[i]), 0);
};
const set = value => {
  slider.value = value; slider.dispatchEvent(new Event("input"));
  return rough();
};
const [none, much] = [set(0), set(0.95)];
set(slider.defaultValue);
if (line.getAttribute("points") !== before) return "its start is not what was drawn at first";
return much < none ? "" : "0.95 is no smoother than 0";
"""

OWNED = """
document.querySelectorAll("details").forEach(d => { d.open = true; });
const strange = [...document.querySelectorAll("article *, summary *")]
  .filter(e => !["P", "B", "PRE", "CODE", "SPAN"].includes(e.tagName)).map(e => e.tagName);
if (strange.length > 0) return "elements of a completion: " + strange;
if (document.querySelectorAll("article").length === 0) return "no completion is shown";
return window.owned ? "a completion ran" : "";
"""

LEGEND = """
const entry = document.querySelector(".entry"), line = document.querySelector("g.series");
entry.click();
const hidden = getComputedStyle(line).visibility;
entry.click();
const shown = getComputedStyle(line).visibility;
return hidden === "hidden" && shown === "visible" ? "" : hidden + ", then " + shown;
"""


def inspect(browser, page, folder, check):
    for name, width, height, scheme in WINDOWS:
        browser.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=width < 600)
        browser.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.open(page.as_uri())
        check(f"{name}: nothing is wider than the window", browser.value(WIDE))
        check(f"{name}: charts", browser.value(CHARTS))
        x, y = browser.value(HOVER)
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        check(f"{name}: values under the pointer", browser.value(VALUES))
        if folder:
            picture = browser.call("Page.captureScreenshot", format="png")
            (folder / f"{name}-values.png").write_bytes(base64.b64decode(picture["data"]))
        check(f"{name}: smoothing", browser.value(SMOOTHING))
        check(f"{name}: legend", browser.value(LEGEND))
        check(f"{name}: completions are text", browser.value(OWNED))
        check(f"{name}: nothing is wider with all open", browser.value(WIDE))
        time.sleep(0.2)
        browser.value("return 0;")
        check(f"{name}: quiet console, no request", complaints(browser))
        if folder:
            browser.value("window.scrollTo(0, 0); return 0;")
            picture = browser.call(
                "Page.captureScreenshot", format="png", captureBeyondViewport=True)
            (folder / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))
    charts = browser.value("return document.querySelectorAll('figure.chart').length;")
    check(f"{charts} charts", "" if charts else "there are none")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        print("no Chromium here: scripts/setup.sh browser installs it", file=sys.stderr)
        sys.exit(2)
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    check = Checks()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(path, profile)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            browser.session = browser.call(
                "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ["Page", "Runtime", "Log", "Network"]:
                browser.call(f"{domain}.enable")
            browser.call(
                "Network.emulateNetworkConditions", offline=True, latency=0,
                downloadThroughput=-1, uploadThroughput=-1)
            inspect(browser, arguments.page.resolve(), arguments.screenshots, check)
        finally:
            browser.close()
    sys.exit(check.failures > 0)


main()
