"""A real GRPOTrainer of TRL, ten steps of a tiny random Qwen2 on the CPU."""

import numpy as np
import pytest

import assay
from assay.trl import Reward, component_rewards, gfpo_trainer

pytest.importorskip("trl")

# Half of what a random policy writes is short, so that rewards differ within groups.
SPEC = """
name: lengths
version: "1"
rewards:
  - {name: brief, type: length, unit: tokens, maximum: 10}
  - {name: math, type: math, weight: 0.5}
outcome: brief
examples:
  - {gold: "1", completion: "1", tokens: 2, expect: {brief: 1}}
"""


def trainer(tmp_path, make, **more):
    import torch
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
    from trl import GRPOConfig

    torch.manual_seed(0)
    characters = [*"0123456789+-*=", "<pad>", "<eos>"]
    tokenizer = Tokenizer(models.WordLevel({c: i for i, c in enumerate(characters)}, unk_token="="))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    model = Qwen2ForCausalLM(Qwen2Config(
        vocab_size=len(characters), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64))
    settings = GRPOConfig(
        output_dir=str(tmp_path), max_steps=10, per_device_train_batch_size=8, num_generations=4,
        max_completion_length=12, logging_steps=1, report_to=[], use_cpu=True, save_strategy="no",
        learning_rate=1e-3, disable_tqdm=True, **more)
    data = Dataset.from_list(
        [{"prompt": f"{a}+{b}=", "answer": str(a + b)} for a in range(8) for b in range(8)])
    return make(
        model=model, args=settings, train_dataset=data,
        processing_class=PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>"))


def logged(done):
    return [entry for entry in done.state.log_history if "loss" in entry]


def test_ten_steps_log_the_components(tmp_path):
    from trl import GRPOTrainer

    done = trainer(tmp_path, lambda **a: GRPOTrainer(reward_funcs=Reward(SPEC), **a))
    done.train()
    entries = logged(done)
    assert len(entries) == 10
    for entry in entries:
        assert {"rewards/lengths/mean", "assay/lengths/brief", "assay/lengths/math"} <= set(entry)
    assert any(entry["grad_norm"] > 0 for entry in entries)


def test_components_as_functions(tmp_path):
    from trl import GRPOTrainer

    functions, weights = component_rewards(SPEC)
    done = trainer(
        tmp_path, lambda **a: GRPOTrainer(reward_funcs=functions, **a), reward_weights=weights)
    done.train()
    for entry in logged(done):
        assert entry["reward"] == pytest.approx(
            entry["rewards/brief/mean"] + 0.5 * entry["rewards/math/mean"], abs=1e-5)


def test_gfpo_drops_and_masks(tmp_path):
    settings = {"preset": "gfpo-shortest", "k": 2}
    seen = []

    class Watched(gfpo_trainer()):
        def _generate_and_score_completions(self, inputs):
            output = super()._generate_and_score_completions(inputs)
            seen.append((self._gfpo_rewards.clone(), {k: v.clone() for k, v in output.items()
                                                      if k in ("advantages", "completion_mask", "completion_ids")}))
            return output

    done = trainer(tmp_path, lambda **a: Watched(reward_funcs=Reward(SPEC), gfpo=settings, **a))
    done.train()
    assert len(seen) >= 10
    for table, output in seen:
        rewards = table[:, 0].double().numpy().reshape(-1, 4)
        masks = output["completion_mask"].numpy()
        kept = (masks.sum(axis=1) > 0).reshape(-1, 4)
        assert (kept.sum(axis=1) == 2).all()
        ends = output["completion_ids"].numpy() == done.processing_class.eos_token_id
        lengths = np.where(
            ends.any(axis=1), ends.argmax(axis=1) + 1, ends.shape[1]).reshape(-1, 4)
        for group in range(len(rewards)):
            longest = lengths[group][kept[group]].max()
            assert (lengths[group][~kept[group]] >= longest).all()
        advantages = output["advantages"].numpy().reshape(-1, 4)
        assert (advantages[~kept] == 0).all()
        wanted, _, _ = assay.advantages(rewards, settings, lengths=lengths)
        np.testing.assert_allclose(advantages, wanted, atol=1e-5)
