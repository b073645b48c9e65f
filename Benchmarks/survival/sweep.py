#!/usr/bin/env python3
"""Disturbs a small run at every call that changes its folder, resumes it, and compares digests.

    sweep.py MODE [--kind KIND] [--every K] [--offset N] [--assay PROGRAM]

MODE is kill, tear, eio, enospc, edquot or power (see fault.c): the run is disturbed at its first, second,
third ... call; or random: it is killed again and again at random moments until it is done; or eintr, short:
every K-th write is disturbed and the run must not notice. Each time a later process resumes; its digest must
be that of the undisturbed run, its metric files must hold every step once, and nothing temporary may be left.
After an error the process must have ended with exit code 1 and a remedy. Prints a line of JSON.
"""
import argparse, collections, csv, json, os, pathlib, random, re, shutil, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KINDS = {
    "grpo": [],
    "ppo": ["objective={preset: ppo}"],
    "staged": ["curriculum.problems=learnability", "curriculum.stages=[[0],[1]]", "budget.steps=5"],
    "alarms": ["budget.steps=13"],
    "adapter": ["policy.lora={rank: 2, alpha: 4}"],
    "reward": ["objective={preset: gapo}",
               "learned_reward={kind: discriminator, pairs: 40, epochs: 1, batch: 8}"],
    "arms": ["comparison={name: other, objective: {preset: dapo, gate: none, refill_rounds: 0, "
             "refill_on_exhaustion: fall_back}}"],
}


def build_shim(folder):
    shim = folder / "fault.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", shim, HERE / "fault.c", "-ldl", "-lpthread"],
                   check=True)
    return shim


class Sweep:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.shim = build_shim(folder)
        self.settings = [word for override in KINDS[arguments.kind] for word in ("--set", override)]
        self.counts = collections.Counter()
        self.failures = []
        whole = folder / "whole"
        code, errors = self.train(whole, log=folder / "log")
        if code: sys.exit(f"the undisturbed run ended with {code}: {errors}")
        self.expected = self.digest(whole)
        self.lines = self.metrics(whole)
        self.calls = len((folder / "log").read_text().splitlines())

    def train(self, run, *flags, fault=None, log=None, shadow=None, wait=True):
        environment = dict(os.environ)
        if fault or log:
            environment |= {"LD_PRELOAD": str(self.shim), "FAULT_ROOT": str(run)}
            if fault: environment["FAULT"] = fault
            if log: environment["FAULT_LOG"] = str(log)
            if shadow: environment["FAULT_SHADOW"] = str(shadow)
        process = subprocess.Popen(
            [self.arguments.assay, "train", HERE / "small.yaml", "--run-dir", run, *self.settings, *flags],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if not wait: return process
        errors = process.communicate()[1]
        return process.returncode, errors

    def digest(self, run):
        found = subprocess.run([self.arguments.assay, "digest", run], cwd=ROOT, capture_output=True, text=True)
        return found.stdout.strip() or found.stderr.strip()

    def metrics(self, run):
        """Metric files must agree; what they hold, without times."""
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        with open(run / "metrics.csv", newline="") as file: table = list(csv.DictReader(file))
        assert [line["step"] for line in lines] == [int(row["step"]) for row in table], "csv"
        for line in lines:
            for key in list(line):
                if "time" in key: del line[key]
        events = list(run.glob("events.out.*"))
        assert len(events) == 1, f"{len(events)} event files"
        return lines

    def resume(self, run, what):
        """Goes on as a person would: with --resume where there is a run, else from the start."""
        flags = ["--resume"] if (run / "recipe.yaml").exists() else []
        code, errors = self.train(run, *flags)
        self.compare(run, what, code, errors)

    def compare(self, run, what, code, errors):
        try:
            assert code == 0, f"resume ended with {code}: {errors[-300:]}"
            found = self.digest(run)
            assert found == self.expected, f"digest {found}"
            assert self.metrics(run) == self.lines, "metrics differ"
            left = [str(path.relative_to(run)) for path in run.rglob("*") if ".tmp" in path.name]
            assert not left, f"left behind: {left}"
        except (AssertionError, OSError, ValueError) as problem:
            self.failures.append(f"{what}: {problem}")
            print("FAILED", self.failures[-1], file=sys.stderr, flush=True)
            if self.arguments.keep: shutil.copytree(run, f"{self.arguments.keep}/{what.split()[0]}",
                                                    dirs_exist_ok=True)

    def place(self, log, number):
        """The call that was disturbed, with the numbers in its path left out."""
        lines = log.read_text().splitlines() if log.exists() else []
        for line in lines:
            if line.startswith(f"{number} "):
                words = re.sub(r"\d{4,}[^/ ]*", "N", line.split(" ", 1)[1])
                return words
        return None

    def at(self, number):
        mode = self.arguments.mode
        run, log, shadow = self.folder / "run", self.folder / "log", self.folder / "shadow"
        for path in (run, shadow): shutil.rmtree(path, ignore_errors=True)
        log.unlink(missing_ok=True)
        if mode == "power":
            shadow.mkdir()
            code, errors = self.train(run, fault=f"kill:{number}", log=log, shadow=shadow)
        else:
            code, errors = self.train(run, fault=f"{mode}:{number}", log=log)
        place = self.place(log, number)
        what = f"{mode}:{number} at {place}"
        if place is None: return
        self.counts[place.split(" ")[0] + " " + kind_of(place)] += 1
        if mode in ("kill", "tear", "power"):
            if code != -9: self.failures.append(f"{what}: ended with {code}, not by the signal")
        elif code == 0:
            self.counts["(not needed: the run ended well)"] += 1
        elif code != 1 or "remedy:" not in errors:
            self.failures.append(f"{what}: ended with {code}: {errors[-300:]}")
            print("FAILED", self.failures[-1], file=sys.stderr, flush=True)
        if mode == "power":
            subprocess.run([sys.executable, HERE / "recover.py", run, shadow], check=True)
        self.resume(run, what)

    def sweep(self):
        every, first = self.arguments.every, 1 + self.arguments.offset
        numbers = list(range(first, self.calls + 1, every))
        for number in numbers: self.at(number)
        return len(numbers)

    def throughout(self):
        """Every K-th write is disturbed; the run must be as if none had been."""
        run = self.folder / "run"
        tried = (1000, 7, 3, 2) if self.arguments.mode == "eintr" else (1000, 7, 2, 1)
        for every in tried:
            shutil.rmtree(run, ignore_errors=True)
            code, errors = self.train(run, fault=f"{self.arguments.mode}:{every}", log=self.folder / "log")
            self.compare(run, f"{self.arguments.mode}:{every}", code, errors)
        return len(tried)

    def random(self):
        """Kills at random moments, resuming until the run is done, until enough have been killed."""
        kills = runs = 0
        begin = time.monotonic()
        self.train(self.folder / "timed")
        length = time.monotonic() - begin
        generator = random.Random(1)
        while kills < self.arguments.kills:
            run = self.folder / f"random-{runs}"
            runs += 1
            while True:
                flags = ["--resume"] if (run / "recipe.yaml").exists() else []
                process = self.train(run, *flags, wait=False)
                try:
                    errors = process.communicate(timeout=generator.uniform(0, 1.2 * length))[1]
                except subprocess.TimeoutExpired:
                    process.kill()
                    errors = process.communicate()[1]
                if process.returncode != -9: break
                kills += 1
            self.compare(run, f"random-{runs}", process.returncode, errors)
            shutil.rmtree(run)
        self.counts[f"kills over {runs} runs"] = kills
        return kills


def kind_of(place):
    path = place.split(" ", 1)[1]
    for part, name in (("assay.db-wal", "the store's log"), ("assay.db", "the store"),
                       ("checkpoints", "a checkpoint"), ("events.", "the events"),
                       ("metrics.", "the metrics"), ("report", "the report")):
        if part in path: return name
    return "other files"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("mode")
    parser.add_argument("--kind", choices=KINDS, default="grpo")
    parser.add_argument("--every", type=int, default=1, help="disturb only every K-th call")
    parser.add_argument("--offset", type=int, default=0, help="and leave out the first N")
    parser.add_argument("--kills", type=int, default=200, help="of mode random")
    parser.add_argument("--keep", help="a folder for the runs that failed")
    parser.add_argument("--assay", default=str(ROOT / ".build/release/assay"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sweep = Sweep(arguments, pathlib.Path(folder).resolve())
        does = {"random": sweep.random, "eintr": sweep.throughout, "short": sweep.throughout}
        disturbed = does.get(arguments.mode, sweep.sweep)()
    print(json.dumps({"mode": arguments.mode, "kind": arguments.kind, "calls": sweep.calls,
                      "disturbed": disturbed, "failed": len(sweep.failures),
                      "where": dict(sweep.counts.most_common())}), flush=True)
    sys.exit(1 if sweep.failures else 0)


if __name__ == "__main__":
    main()
