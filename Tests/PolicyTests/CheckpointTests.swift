import Policy
import Testing

@Suite struct CheckpointTests {
    @Test func namesAndShapes() throws {
        let model = try livelyModel(shapes[0])
        let content = model.checkpoint(metadata: ["run": "1"])
        #expect(content.metadata == ["run": "1"])
        #expect(content.tensors.map(\.name) == model.parameters.map(\.name))
        let key = content.tensors.first { $0.name == "model.layers.1.self_attn.k_proj.weight" }
        #expect(key?.shape == [4, 8])
    }

    @Test("a checkpoint that does not fit names the tensor and changes nothing")
    func misfits() throws {
        let model = try livelyModel(shapes[0])
        let before = model.copyParameters()
        let good = try livelyModel(shapes[0], seed: 6).checkpoint()
        func failure(_ change: (inout SafeTensors.Content) -> Void) -> String? {
            var content = good
            change(&content)
            do {
                try model.load(content)
                return nil
            } catch {
                guard case .tensorFile(let tensor, _) = error else { return "other" }
                return tensor
            }
        }
        let last = "model.norm.weight"
        #expect(failure { $0.tensors.removeLast() } == last)
        #expect(failure { $0.tensors.append($0.tensors[0]) } == good.tensors[0].name)
        #expect(failure { $0.tensors[1].name = "x" } == "x")
        #expect(failure { $0.tensors[$0.tensors.count - 1].shape = [2, 4] } == last)
        #expect(failure { $0.tensors[$0.tensors.count - 1].values[0] = .nan } == last)
        #expect(model.copyParameters() == before)
        #expect(failure { _ in } == nil)
        #expect(model.copyParameters() != before)
    }

    @Test func optimizerMisfits() throws {
        let learner = Learner(try livelyModel(shapes[0]))
        let good = learner.optimizerCheckpoint()
        var content = good
        content.metadata = [:]
        #expect(throws: PolicyError.self) { try learner.loadOptimizer(content) }
        content = good
        content.tensors[content.tensors.count - 1].values[0] = -1
        #expect(throws: PolicyError.self) { try learner.loadOptimizer(content) }
        #expect(throws: PolicyError.self) {
            try learner.loadOptimizer(learner.model.checkpoint(metadata: ["step": "1"]))
        }
        #expect(throws: Never.self) { try learner.loadOptimizer(good) }
    }

    @Test func engineSaysWhatItUses() {
        let text = EngineInfo.describe()
        #expect(text.contains("kernels:") && text.contains("invariance:"))
    }
}
