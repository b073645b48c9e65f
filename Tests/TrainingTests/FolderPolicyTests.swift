import Foundation
import Policy
import Testing

@testable import Training

/// Runs on a model from a folder, as `transformers` writes it.
@Suite struct FolderPolicyTests {
    /// A tiny Qwen2 of bytes, in a folder that the caller removes.
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "assay-policy-\(UUID().uuidString)")
        var shape = TransformerConfiguration(
            family: .qwen2, vocabularySize: 260, width: 16, layers: 1, heads: 2,
            feedForwardWidth: 24, maximumLength: 128)
        shape.hasQueryKeyValueBias = true
        try Transformer(shape, seed: 3).save(folder: folder)
        try BytePairTokenizer.bytes(special: ["<|endoftext|>"]).write(to: folder)
        let template = """
            {% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}\
            {% if add_generation_prompt %}[assistant]{% endif %}
            """
        try Data(template.utf8).write(to: folder.appending(path: "chat_template.jinja"))
        return folder
    }

    private func settings(_ folder: URL, _ more: [String]) -> [String] {
        [
            "policy.model=\(folder.path)", "warmup.tokens=0", "objective.gate=none",
            "rollout.maximum_new_tokens=12", "budget.steps=4", "evaluation.every=0",
        ] + more
    }

    @Test(
        "a folder's model trains, whole or by an adapter; resume equals not stopping",
        arguments: [[], ["policy.lora={rank: 2, alpha: 4}", "policy.chat=template"]])
    func training(more: [String]) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let whole = try TinyRun(settings(folder, more))
        try whole.train()
        let stopped = try TinyRun(settings(folder, more))
        #expect {
            try stopped.train(observer: Watcher(stop: ("tiny", 2)))
        } throws: { error in
            guard case .interrupted? = error as? TrainingError else { return false }
            return true
        }
        try stopped.train(.resume)
        #expect(try RunDigest.compute(stopped.directory) == RunDigest.compute(whole.directory))
        let trained = try TrainedPolicy(whole.directory)
        let answers = try trained.sample(
            trained.heldOut(perLevel: 1), count: 1, temperature: 1, seed: 1)
        #expect(!answers.isEmpty)
        let weights = try FileManager.default.contentsOfDirectory(
            atPath: whole.directory.checkpoints + "/" + trained.checkpoint)
        #expect(weights.contains("adapter_model.safetensors") == !more.isEmpty)
    }

    @Test("what does not fit is refused: chat without a model, a folder without a tokenizer")
    func refused() throws {
        #expect(throws: (any Error).self) { try TinyRun(["policy.chat=template"]) }
        #expect(throws: (any Error).self) { try TinyRun(["policy.lora={targets: [x]}"]) }
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.removeItem(at: folder.appending(path: "tokenizer.json"))
        #expect(throws: PolicyError.self) { try TinyRun(settings(folder, [])).train() }
    }
}
