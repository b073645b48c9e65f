"""Assay's tensor files beside those of the packages `safetensors`, `huggingface_hub` and `transformers`.

Usage: tensor_files.py [--tool PATH] [--mutations N] [--transformers] [--seed N]

Needs torch, safetensors, huggingface_hub and, with --transformers, transformers. The tool is

    swift build -c release --package-path Benchmarks/fuzz --product tensor-copy

Checked, all by bits: files of the package, with every pattern of 16 bits, are read and written again
as they were; F32 is rounded to BF16 and F16 as torch does; shards are filled, named and indexed as
huggingface_hub does; shards of its own are read. Mutated files that the tool opens must be opened by
the package too. Prints a line a check and ends with 1 where one fails.
"""
import sys

# Python puts this file's folder first, where it would be taken for the package of the same name.
sys.path.pop(0)

import argparse
import json
import pathlib
import random
import struct
import subprocess
import tempfile

import huggingface_hub
import safetensors
import safetensors.torch
import torch

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
QUIET = {"F16": 0x200, "BF16": 0x40}


def bits(tensor):
    """A tensor's numbers as whole ones; NaNs of 16 bits quiet, as conversion makes them."""
    if tensor.dtype == torch.float32:
        return tensor.view(torch.int32)
    if tensor.dtype not in (torch.float16, torch.bfloat16):
        return tensor
    quiet = QUIET["F16" if tensor.dtype == torch.float16 else "BF16"]
    raw = tensor.view(torch.int16)
    return torch.where(torch.isnan(tensor), raw | quiet, raw)


def same(found, expected):
    return set(found) == set(expected) and all(
        found[name].dtype == tensor.dtype and found[name].shape == tensor.shape
        and torch.equal(bits(found[name]), bits(tensor))
        for name, tensor in expected.items())


def copy(tool, source, target, *options):
    command = [tool, str(source), str(target), *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tensors(kind, generator):
    """Every pattern of 16 bits, or as many of 32, and shapes at the edges."""
    if kind == "F32":
        every = torch.randint(-2**31, 2**31, (2, 32768), generator=generator, dtype=torch.int64)
        every = every.to(torch.int32).view(torch.float32)
    else:
        every = torch.arange(65536, dtype=torch.int32).to(torch.int16).view(TYPES[kind]).reshape(2, 32768)
    few = torch.randn(7, 3, generator=generator).to(TYPES[kind])
    return {
        "every": every, "few": few, "scalar": few[0, 0].clone(), "empty": few[:0].clone(),
        "empty.within": few[:0].reshape(4, 0, 2), "ünïcode/名前 😀": few[1].clone(),
        "quote\" back\\slash\ttab\u0001": few[2].clone(), "x" * 300: few[3].clone(),
    }


def check_copies(tool, folder, generator):
    for kind in TYPES:
        expected = tensors(kind, generator)
        source, target = folder / f"{kind}.safetensors", folder / f"{kind}-copy.safetensors"
        metadata = {"format": "pt", "ü\n": "\"\\"} if kind == "F16" else None
        extra = {"ids": torch.arange(5), "mask": torch.tensor([True, False])}
        safetensors.torch.save_file({**expected, **extra}, source, metadata)
        result = copy(tool, source, target, "--type", kind)
        yield f"{kind}: read", result.returncode == 0 and "ids\" I64 [5]" in result.stdout
        yield f"{kind}: written", same(safetensors.torch.load_file(target), expected)
        with safetensors.safe_open(target, "pt") as file:
            yield f"{kind}: format", file.metadata() == {"format": "pt"}


def check_rounding(tool, folder, generator):
    exponents = torch.randint(-45, 15, (1_000_000,), generator=generator)
    values = torch.randn(1_000_000, generator=generator) * torch.pow(2.0, exponents)
    ties = (torch.arange(0x3800, 0x7F00, dtype=torch.int32) << 16 | 0x8000).view(torch.float32)
    half = torch.arange(0x7BFF, dtype=torch.int32).to(torch.int16).view(torch.float16).float()
    ties = torch.cat([ties[ties.abs() < 65504], (half[:-1] + half[1:]) / 2])
    special = torch.tensor([0.0, -0.0, torch.inf, -torch.inf, 65504, 65519.996])
    values = torch.cat([values.clamp(-65000, 65000), ties, -ties, special])
    source, target = folder / "values.safetensors", folder / "rounded.safetensors"
    safetensors.torch.save_file({"values": values}, source)
    for kind in ("BF16", "F16"):
        result = copy(tool, source, target, "--type", kind)
        expected = {"values": values.to(TYPES[kind])}
        is_same = result.returncode == 0 and same(safetensors.torch.load_file(target), expected)
        yield f"{len(values)} values rounded to {kind}", is_same
    # Which NaN it becomes is each implementation's own.
    safetensors.torch.save_file({"nan": torch.tensor([0x7F800001, -1], dtype=torch.int32).view(torch.float32)}, source)
    for kind in ("BF16", "F16"):
        copy(tool, source, target, "--type", kind)
        yield f"NaN stays NaN in {kind}", bool(safetensors.torch.load_file(target)["nan"].isnan().all())
    safetensors.torch.save_file({"fine": torch.ones(1), "great": torch.tensor([65520.0])}, source)
    result = copy(tool, source, target, "--type", "F16")
    yield "what F16 cannot hold is refused", result.returncode != 0 and "great" in result.stderr


def check_shards(tool, folder, generator):
    for round, limit in enumerate((40, 100, 1000, 4000, 1 << 20)):
        sizes = torch.randint(0, 60, (30,), generator=generator).tolist()
        expected = {f"layer.{i:02d}": torch.randn(size, generator=generator) for i, size in enumerate(sizes)}
        source, target = folder / f"whole-{round}.safetensors", folder / f"shards-{round}"
        target.mkdir()
        safetensors.torch.save_file(expected, source)
        copy(tool, source, target, "--shard-size", limit)
        # The package sorts a file's tensors, and the tool keeps the file's order.
        order = {name: expected[name] for name in safetensors.safe_open(source, "pt").offset_keys()}
        split = huggingface_hub.split_torch_state_dict_into_shards(order, max_shard_size=limit)
        files = split.filename_to_tensors
        yield f"shards of {limit}: {len(files)} files", {f.name for f in target.glob("*.safetensors")} == set(files)
        shards = {name: safetensors.torch.load_file(target / name) for name in files}
        yield f"shards of {limit}: names", all(set(shards[name]) == set(files[name]) for name in files)
        found = {name: tensor for shard in shards.values() for name, tensor in shard.items()}
        yield f"shards of {limit}: values", same(found, expected)
        index = target / "model.safetensors.index.json"
        if split.is_sharded:
            document = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
            text = json.dumps(document, indent=2, sort_keys=True) + "\n"
            yield f"shards of {limit}: index", index.read_text() == text
        else:
            yield f"shards of {limit}: no index", not index.exists()
        theirs, again = folder / f"theirs-{round}", folder / f"again-{round}.safetensors"
        theirs.mkdir()
        huggingface_hub.save_torch_state_dict(expected, theirs, max_shard_size=limit)
        for name, model in (("ours", target), ("theirs", theirs)):
            result = copy(tool, model, again)
            is_same = result.returncode == 0 and same(safetensors.torch.load_file(again), expected)
            yield f"shards of {limit}: {name} are read", is_same


def check_transformers(tool, folder):
    import transformers

    config = transformers.LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2)
    model = transformers.LlamaForCausalLM(config).eval()
    tokens = torch.arange(12)[None]
    model.save_pretrained(folder / "model")
    for limit in (1 << 30, 10_000):
        target = folder / f"model-{limit}"
        target.mkdir()
        config.save_pretrained(target)
        copy(tool, folder / "model", target, "--shard-size", limit)
        again = transformers.LlamaForCausalLM.from_pretrained(target, dtype=torch.float32).eval()
        is_same = torch.equal(model(tokens).logits, again(tokens).logits)
        yield f"transformers opens {len(list(target.glob('*.safetensors')))} files", is_same


def check_mutations(tool, folder, count, seed):
    source = random.Random(seed)
    sound = (folder / "F16-small.safetensors")
    safetensors.torch.save_file({"a": torch.ones(2), "b": torch.ones(3, dtype=torch.float16)}, sound, {"k": "v"})
    whole = sound.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    pieces = [b"0", b"-1", b"1.5", b"[", b"]", b"{", b"}", b"\"", b",", b":", b"F32", b"I64", b"\\u0061", b"null", b" "]
    changed, target = folder / "mutated.safetensors", folder / "mutated-copy.safetensors"
    counts = {(ours, theirs): 0 for ours in (True, False) for theirs in (True, False)}
    reasons = {}
    for _ in range(count):
        header, data = bytearray(whole[8:8 + length]), bytearray(whole[8 + length:])
        for _ in range(source.randint(1, 2)):
            place = source.randrange(len(header))
            kind = source.randrange(5)
            if kind == 0:
                header[place:place] = source.choice(pieces)
            elif kind == 1:
                del header[place:place + source.randint(1, 8)]
            elif kind == 2:
                header[place] ^= 1 << source.randrange(5)
            elif kind == 3:
                digits = [i for i, byte in enumerate(header) if 0x30 <= byte <= 0x39]
                if digits:
                    header[source.choice(digits)] = 0x30 + source.randrange(10)
            else:
                data = data[:source.randrange(len(data) + 1)]
            if not header:
                header = bytearray(b" ")
        changed.write_bytes(struct.pack("<Q", len(header)) + header + data)
        result = copy(tool, changed, target)
        try:
            with safetensors.safe_open(changed, "pt"):
                opened = True
        except (safetensors.SafetensorError, OSError):
            opened = False
        if result.returncode not in (0, 1):
            yield f"the tool ended with {result.returncode}", False
        counts[result.returncode == 0, opened] += 1
        if opened and result.returncode != 0:
            reason = result.stderr.strip().split(": ", 1)[-1].rsplit(" (in ", 1)[0]
            reasons.setdefault(reason, bytes(header))
    name = f"{count} mutations: both open {counts[True, True]}, neither {counts[False, False]}"
    yield f"{name}, only the package {counts[False, True]}", counts[True, False] == 0
    for reason, header in list(reasons.items())[:20]:
        print(f"     refused by us alone: {reason}: {header!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", default="Benchmarks/fuzz/.build/release/tensor-copy")
    parser.add_argument("--mutations", type=int, default=500, help="mutated files to open by both")
    parser.add_argument("--transformers", action="store_true", help="open a small model by transformers")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    generator = torch.Generator().manual_seed(arguments.seed)
    failures = total = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        checks = [
            check_copies(arguments.tool, folder, generator), check_rounding(arguments.tool, folder, generator),
            check_shards(arguments.tool, folder, generator),
            check_mutations(arguments.tool, folder, arguments.mutations, arguments.seed),
        ]
        if arguments.transformers:
            checks.append(check_transformers(arguments.tool, folder))
        for check in checks:
            for what, is_right in check:
                total += 1
                failures += not is_right
                print(f"{'ok  ' if is_right else 'FAIL'} {what}")
    print(f"{total} checks, {failures} failures; torch {torch.__version__}, safetensors {safetensors.__version__}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
