"""The event files of a run beside TensorBoard's own reader.

Usage: tensorboard_events.py RUN

Needs the package tensorboard. Checked: TensorBoard reads every scalar of metrics.jsonl under its name
and step, to the last bit of a float, and no other; records and CRCs are good; a reader that follows
the folder while the file is replaced shows no step twice. Prints a line a check and ends with 1
where one fails.
"""
import json
import pathlib
import shutil
import struct
import sys
import tempfile

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def read(accumulator):
    return {
        (event.step, tag): event.value
        for tag in accumulator.Tags()["scalars"]
        for event in accumulator.Scalars(tag)
    }


def main():
    run = pathlib.Path(sys.argv[1])
    expected = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        step = row.pop("step")
        expected.update({(step, name): single(value) for name, value in row.items()})
    files = sorted(run.glob("events.out.tfevents.*"))
    failures = 0

    def check(name, holds):
        nonlocal failures
        failures += not holds
        print(f"{'ok  ' if holds else 'FAIL'} {name}")

    check("one event file", len(files) == 1)
    records = list(RawEventFileLoader(str(files[0])).Load())
    check(f"{len(records)} records with good CRCs", len(records) > 2)
    everything = {event_accumulator.SCALARS: 0}
    accumulator = event_accumulator.EventAccumulator(str(run), size_guidance=everything)
    accumulator.Reload()
    found = read(accumulator)
    counts = sum(len(accumulator.Scalars(tag)) for tag in accumulator.Tags()["scalars"])
    check(f"{len(found)} scalars are those of metrics.jsonl", found == expected)
    check("no step stands twice", counts == len(found))

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        first = folder / "events.out.tfevents.1.host.0"
        shutil.copy(files[0], first)
        follower = event_accumulator.EventAccumulator(str(folder), size_guidance=everything)
        follower.Reload()
        second = folder / "events.out.tfevents.2.host.0"
        shutil.copy(files[0], second)
        first.unlink()
        follower.Reload()
        counts = sum(len(follower.Scalars(tag)) for tag in follower.Tags()["scalars"])
        check("a follower shows no step twice", counts == len(expected))
        check("a follower has everything", read(follower) == expected)
    sys.exit(failures > 0)


main()
