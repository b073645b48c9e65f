import Foundation
import Rollouts
import Testing

@testable import Policy

@Suite struct ModelFolderTests {
    /// A folder that is there while `body` runs.
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "assay-model-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private var everyShape: [TransformerConfiguration] {
        var critic = qwen2Shape
        critic.head = .scalar
        var linear = plainShapes[0]
        linear.rope.scaling = .linear(factor: 2.5)
        var plainExperts = expertShape
        plainExperts.experts?.normalizesWeights = false
        return shapes + [critic, encoderShape, linear, plainExperts]
    }

    @Test("config.json says the whole shape")
    func configurations() throws {
        for shape in everyShape {
            #expect(try TransformerConfiguration(configJSON: shape.configJSON()) == shape)
        }
    }

    @Test("a model that was saved opens with the same bits, in one file and in shards")
    func roundTrip() throws {
        for shape in everyShape {
            for shardSize in [5_000_000_000, 2000] {
                try withFolder { folder in
                    let model = try livelyModel(shape)
                    try model.save(folder: folder, shardSize: shardSize)
                    let again = try Transformer(folder: folder)
                    #expect(again.configuration == shape)
                    #expect(bits(again.copyParameters()) == bits(model.copyParameters()))
                }
            }
        }
    }

    @Test("an adapter that was saved gives the same merged bits")
    func adapter() throws {
        try withFolder { folder in
            let model = try livelyModel(qwen2Shape)
            try model.save(folder: folder)
            let settings = LowRankSettings(rank: 2, alpha: 3, targets: ["q_proj", "down_proj"])
            try model.addAdapter(settings, seed: 1)
            let learner = Learner(model)
            let batch = PackedBatch(sequences: sequences([9, 12], qwen2Shape))
            for _ in 0..<3 {
                try learner.accumulateCrossEntropy(
                    batch, weights: Array(repeating: 1, count: batch.count))
                try learner.step(learningRate: 0.05)
            }
            let saved = folder.appending(path: "adapter")
            try #require(model.adapter).save(folder: saved, base: "base")
            let again = try Transformer(folder: folder)
            try again.addAdapter(folder: saved)
            #expect(again.adapter?.settings == settings)
            #expect(bits(again.copyParameters()) == bits(model.copyParameters()))
        }
    }

    @Test("a field that is missing, wrong or not served is named")
    func wrongConfigurations() throws {
        let good = try JSONValue.parse(qwen2Shape.configJSON())
        guard case .object(let members) = good else { return }
        let wrong: [(String, JSONValue?)] = [
            ("model_type", nil), ("model_type", "gpt2"), ("hidden_size", nil),
            ("hidden_size", .integer(0)), ("hidden_size", .integer(-8)),
            ("hidden_size", .integer(1 << 40)), ("hidden_size", "24"),
            ("hidden_size", .number(2.5)),
            ("num_hidden_layers", .integer(1 << 20)), ("num_attention_heads", .integer(0)),
            ("num_key_value_heads", .integer(2)), ("intermediate_size", .array([])),
            ("vocab_size", .integer(Int64.max)), ("rms_norm_eps", .integer(0)),
            ("rope_parameters", .object(["rope_type": "yarn", "factor": .integer(2)])),
            ("rope_parameters", .object(["rope_type": "linear", "factor": .integer(-1)])),
            ("rope_parameters", .object(["rope_theta": .integer(-1)])),
            ("rope_parameters", .integer(1)), ("hidden_act", "gelu"),
            ("use_sliding_window", .bool(true)), ("architectures", .array(["Qwen2Model"])),
            ("architectures", .array(["Qwen2ForSequenceClassification"])),
            ("head_dim", .integer(7)),
            ("max_position_embeddings", .integer(0)), ("tie_word_embeddings", .integer(1)),
        ]
        for (field, value) in wrong {
            var changed = members
            changed[field] = value
            let data = Data(JSONValue.object(changed).serialized().utf8)
            #expect(throws: PolicyError.self, "\(field)") {
                try TransformerConfiguration(configJSON: data)
            }
        }
        for text in ["", "[]", "{", "null", "\u{0}", "{\"model_type\":\"qwen2\"}"] {
            #expect(throws: PolicyError.self) {
                try TransformerConfiguration(configJSON: Data(text.utf8))
            }
        }
    }

    @Test("no change of some bytes of config.json does worse than a typed error")
    func mutations() throws {
        var random = SplitMix64(seed: 4)
        var taken = 0
        let originals = everyShape.map { Array($0.configJSON()) }
        for round in 0..<20_000 {
            var bytes = originals[round % originals.count]
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[place] = UInt8(random.below(256))
                case 1: bytes.remove(at: place)
                default:
                    bytes.insert(
                        Array("0123456789-.eE\"{}[]:,nulltrue".utf8)[random.below(20)], at: place)
                }
            }
            if let found = try? TransformerConfiguration(configJSON: Data(bytes)) {
                try found.validate()
                taken += 1
            }
        }
        #expect(taken > 0 && taken < 20_000)
    }

    @Test("tensors that do not fit the configuration are named, and nothing is allocated for them")
    func wrongTensors() throws {
        try withFolder { folder in
            let model = try livelyModel(qwen3Shape)
            try model.save(folder: folder)
            let file = folder.appending(path: "model.safetensors")
            let whole = try SafeTensors.read(file)
            func failure(_ change: (inout SafeTensors.Content) -> Void) throws -> String {
                var content = whole
                change(&content)
                try SafeTensors.write(content, to: file)
                do {
                    _ = try Transformer(folder: folder)
                    return ""
                } catch { return error.description }
            }
            let name = whole.tensors[3].name
            #expect(try failure { $0.tensors.remove(at: 3) }.contains(name))
            #expect(try failure { $0.tensors[3].values[0] = .nan }.contains(name))
            #expect(try failure { $0.tensors[3].values[0] = .infinity }.contains(name))
            #expect(try failure { $0.tensors[3].shape.append(1) }.contains(name))
            #expect(try failure { $0.tensors[3].name = "else" }.contains(name))
            let extra = SafeTensors.Tensor(name: "more", shape: [1], values: [1])
            #expect(try failure { $0.tensors.append(extra) }.contains("more"))
            // An output layer beside a tied embedding is passed over where it is the embedding.
            var tied = whole.tensors[0]
            tied.name = "lm_head.weight"
            #expect(try failure { $0.tensors.append(tied) } == "")
            tied.values[5] += 1
            #expect(try failure { $0.tensors.append(tied) }.contains("lm_head"))
            tied = SafeTensors.Tensor(name: tied.name, shape: [1], values: [1])
            #expect(try failure { $0.tensors.append(tied) }.contains("lm_head"))
            var huge = qwen3Shape
            (huge.layers, huge.width) = (1000, 8192)
            try huge.configJSON().write(to: folder.appending(path: "config.json"))
            #expect(try failure { _ in } != "")
        }
    }
}
