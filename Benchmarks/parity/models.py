"""Compares models with `transformers`: logits, gradients, saving back, low-rank adapters.

Makes tiny random models of every family with `transformers`, runs them there and in Assay, and tells
the greatest differences: logits absolutely, gradients relative to each parameter's greatest.

usage: models.py [--assay .build/release/assay] [--folder DIR]
needs: torch, transformers, peft, safetensors
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers

transformers.utils.logging.disable_progress_bar()
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file

LOGITS, GRADIENTS = 1e-4, 1e-3

COMMON = dict(vocab_size=97, hidden_size=48, num_hidden_layers=3, num_attention_heads=4,
              num_key_value_heads=2, intermediate_size=80, max_position_embeddings=256)


def families():
    t = transformers
    llama3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                  original_max_position_embeddings=32)
    yield "llama", t.LlamaForCausalLM(t.LlamaConfig(**COMMON, tie_word_embeddings=False))
    yield "llama-3.1", t.LlamaForCausalLM(t.LlamaConfig(
        **COMMON, rope_theta=500000.0, rope_scaling=llama3, tie_word_embeddings=True))
    yield "llama-linear", t.LlamaForCausalLM(t.LlamaConfig(
        **COMMON, rope_scaling=dict(rope_type="linear", factor=2.0), head_dim=20))
    yield "smollm", t.LlamaForCausalLM(t.LlamaConfig(
        **{**COMMON, "num_attention_heads": 9, "num_key_value_heads": 3, "hidden_size": 72},
        tie_word_embeddings=True, rope_theta=100000.0))
    yield "qwen2", t.Qwen2ForCausalLM(t.Qwen2Config(**COMMON, tie_word_embeddings=True,
                                                    rope_theta=1000000.0))
    yield "qwen2-untied", t.Qwen2ForCausalLM(t.Qwen2Config(**COMMON, tie_word_embeddings=False))
    yield "qwen3", t.Qwen3ForCausalLM(t.Qwen3Config(**COMMON, head_dim=32, tie_word_embeddings=True))
    for normed in (True, False):
        yield f"qwen3-moe-{'normed' if normed else 'plain'}", t.Qwen3MoeForCausalLM(t.Qwen3MoeConfig(
            **COMMON, head_dim=24, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=40,
            norm_topk_prob=normed, decoder_sparse_step=1, mlp_only_layers=[],
            tie_word_embeddings=False))
    yield "llama-reward", t.LlamaForSequenceClassification(t.LlamaConfig(
        **COMMON, num_labels=1, pad_token_id=0))
    yield "qwen2-reward", t.Qwen2ForSequenceClassification(t.Qwen2Config(
        **COMMON, num_labels=1, pad_token_id=0))


def lively(model):
    """Weights great enough that distributions are uneven, norms and biases not all the same."""
    for name, p in model.named_parameters():
        with torch.no_grad():
            if p.dim() > 1:
                p.mul_(4)
            else:
                p.add_(0.2 * torch.randn_like(p))
    return model.float().eval()


def sequences():
    g = torch.Generator().manual_seed(5)
    return [torch.randint(1, COMMON["vocab_size"], (n,), generator=g).tolist() for n in (2, 9, 33, 128)]


def forward(model, lists):
    """Logits of all positions but the last, or values of all; and the gradients of their mean loss."""
    scalar = hasattr(model, "score")
    outputs, losses = [], []
    for ids in lists:
        x = torch.tensor([ids])
        if scalar:
            hidden = model.model(x).last_hidden_state
            outputs.append(model.score(hidden)[0, :, 0])
            losses.append(outputs[-1])
        else:
            logits = model(x).logits[0, :-1]
            outputs.append(logits)
            losses.append(torch.nn.functional.cross_entropy(logits, x[0, 1:], reduction="none"))
    torch.cat(losses).mean().backward()
    return torch.cat(outputs).detach()


def unfused(state):
    """Parameters as they are saved: experts one by one."""
    out = {}
    for name, value in state.items():
        if name.endswith("mlp.experts.gate_up_proj"):
            base = name[: -len("gate_up_proj")]
            for e, both in enumerate(value):
                gate, up = both.chunk(2, 0)
                out[f"{base}{e}.gate_proj.weight"], out[f"{base}{e}.up_proj.weight"] = gate, up
        elif name.endswith("mlp.experts.down_proj"):
            base = name[: -len("down_proj")]
            for e, down in enumerate(value):
                out[f"{base}{e}.down_proj.weight"] = down
        else:
            out[name] = value
    return out


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")


class Judge:
    def __init__(self):
        self.failed = 0

    def say(self, name, what, found, limit):
        good = found <= limit
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name:18} {what:28} {found:.2e} (limit {limit:.0e})")


def compare(judge, name, what, found, model, wanted):
    key = "values" if "values" in found else "logits"
    judge.say(name, f"{what} {key}", (found[key] - wanted).abs().max().item(), LOGITS)
    worst = 0.0
    slopes = unfused({n: p.grad for n, p in model.named_parameters() if p.grad is not None})
    for parameter, slope in slopes.items():
        scale = slope.abs().max().item()
        difference = (found["grad." + parameter] - slope).abs().max().item()
        worst = max(worst, difference / max(scale, 1e-12)) if scale > 1e-9 else worst
    judge.say(name, f"{what} gradients", worst, GRADIENTS)


def adapter(judge, assay, folder, base, lists, tokens):
    config = LoraConfig(r=4, lora_alpha=12, target_modules=["q_proj", "v_proj", "down_proj"],
                        task_type="CAUSAL_LM")
    model = get_peft_model(base, config)
    for name, p in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(p, std=0.05)
    model.save_pretrained(folder / "adapter")
    wanted = forward(model, lists)
    run(assay, "model", "forward", folder / "model", tokens, "--out", folder / "lora.safetensors",
        "--adapter", folder / "adapter", "--gradients")
    found = load_file(folder / "lora.safetensors")
    judge.say("adapter", "logits", (found["logits"] - wanted).abs().max().item(), LOGITS)
    worst = 0.0
    for name, p in model.named_parameters():
        if p.grad is None or "lora_" not in name:
            continue
        ours = found["grad." + name.replace(".default.", ".")]
        worst = max(worst, ((ours - p.grad).abs().max() / p.grad.abs().max()).item())
    judge.say("adapter", "gradients", worst, GRADIENTS)
    run(assay, "model", "convert", folder / "model", "--adapter", folder / "adapter",
        "--out", folder / "merged")
    merged = transformers.AutoModelForCausalLM.from_pretrained(folder / "merged").eval()
    judge.say("adapter", "merged, opened again", (forward(merged, lists) - wanted).abs().max().item(),
              LOGITS)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assay", default=".build/release/assay")
    parser.add_argument("--folder")
    arguments = parser.parse_args()
    root = pathlib.Path(arguments.folder or tempfile.mkdtemp())
    lists = sequences()
    tokens = root / "tokens.jsonl"
    root.mkdir(parents=True, exist_ok=True)
    tokens.write_text("".join(json.dumps(x) + "\n" for x in lists))
    judge = Judge()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    for name, model in families():
        torch.manual_seed(3)
        folder = root / name
        model = lively(model)
        model.save_pretrained(folder / "model", max_shard_size="50KB" if "qwen" in name else "5GB")
        wanted = forward(model, lists)
        run(arguments.assay, "model", "forward", folder / "model", tokens, "--gradients",
            "--out", folder / "ours.safetensors")
        compare(judge, name, "ours", load_file(folder / "ours.safetensors"), model, wanted)
        run(arguments.assay, "model", "convert", folder / "model", "--out", folder / "again",
            "--shard-size", "60000")
        again, info = type(model).from_pretrained(folder / "again", output_loading_info=True)
        missing = len(info["missing_keys"]) + len(info["unexpected_keys"])
        judge.say(name, "saved back: wrong names", missing, 0)
        state = again.state_dict()
        changed = sum(not torch.equal(value, state[key]) for key, value in model.state_dict().items())
        judge.say(name, "saved back: changed tensors", changed, 0)
        judge.say(name, "saved back: outputs", (forward(again.eval(), lists) - wanted).abs().max().item(), 1e-6)
        if name == "qwen2":
            adapter(judge, arguments.assay, folder,
                    transformers.AutoModelForCausalLM.from_pretrained(folder / "model").eval(), lists,
                    tokens)
    print("all within the limits" if judge.failed == 0 else f"{judge.failed} beyond the limits")
    sys.exit(judge.failed > 0)


main()
