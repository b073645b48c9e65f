public import Foundation
import Rollouts
import Tensors

extension LowRankAdapter {
    /// Writes `adapter_config.json` and `adapter_model.safetensors` as PEFT does.
    ///
    /// - Parameter base: the path or name of the model that the adapter is of.
    /// - Throws: `PolicyError.file`.
    public func save(folder: URL, base: String) throws(PolicyError) {
        let config: [String: JSONValue] = [
            "peft_type": .string("LORA"), "task_type": .string("CAUSAL_LM"),
            "base_model_name_or_path": .string(base), "r": .integer(Int64(settings.rank)),
            "lora_alpha": Int64(exactly: settings.alpha).map { .integer($0) }
                ?? .number(settings.alpha),
            "lora_dropout": .number(0), "bias": .string("none"),
            "target_modules": .array(settings.targets.map { .string($0) }),
            "fan_in_fan_out": .bool(false), "inference_mode": .bool(true),
            "use_rslora": .bool(false), "use_dora": .bool(false), "modules_to_save": .null,
        ]
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .file(path: folder.path, reason: error.localizedDescription)
        }
        let tensors = parameters.map {
            TensorArchiveWriter.Tensor(
                name: $0.name, shape: $0.shape, values: UnsafePointer(weights.pointer + $0.offset))
        }
        try TensorArchiveWriter().write(
            tensors, to: folder.appending(path: "adapter_model.safetensors"))
        do {
            try Data(JSONValue.object(config).serialized().utf8)
                .write(to: folder.appending(path: "adapter_config.json"), options: .atomic)
        } catch {
            throw .file(path: folder.path, reason: error.localizedDescription)
        }
    }

    /// Takes A and B from an archive; on an error the model must not be used.
    func take(_ archive: TensorArchive) throws(PolicyError) {
        let known = Set(parameters.map(\.name))
        if let other = archive.entries.first(where: { !known.contains($0.name) }) {
            throw .tensorFile(tensor: other.name, reason: "is not of this adapter")
        }
        for view in parameters {
            guard let entry = archive.entry(view.name) else {
                throw .tensorFile(tensor: view.name, reason: "is missing")
            }
            guard entry.shape == view.shape else {
                throw .tensorFile(
                    tensor: view.name, reason: "has shape \(entry.shape), not \(view.shape)")
            }
            _ = try archive.read(
                view.name, into: weights.pointer + view.offset, count: view.count,
                requiresFinite: true)
        }
    }
}

extension LowRankSettings {
    /// The shape in an `adapter_config.json`.
    ///
    /// - Throws: `PolicyError.invalidConfiguration` naming a field that is not served.
    init(adapterConfig data: Data) throws(PolicyError) {
        let config = try ConfigReader(data)
        let type = try config.text("peft_type")
        guard type == "LORA" else {
            throw config.failure("peft_type", "is \(type), only LORA is served")
        }
        for flag in ["use_dora", "use_rslora", "fan_in_fan_out", "lora_bias"] {
            try config.refuse(flag, unless: false)
        }
        let bias = try config.text("bias", default: "none")
        guard bias == "none" else { throw config.failure("bias", "is \(bias), not none") }
        for field in [
            "rank_pattern", "alpha_pattern", "modules_to_save", "layers_to_transform",
            "exclude_modules", "use_bdlora", "use_qalora", "alora_invocation_tokens",
            "target_parameters", "trainable_token_indices",
        ] { try config.refuse(field) }
        // Other ways of beginning change the base model too.
        let ways = ["gaussian", "orthogonal", "eva"]
        switch config["init_lora_weights"] {
        case nil, .bool?: break
        case .string(let way)? where ways.contains(way): break
        default: throw config.failure("init_lora_weights", "is not served")
        }
        let targets = try config.texts("target_modules")
        self.init(
            rank: try config.integer("r"), alpha: try config.number("lora_alpha"), targets: targets)
        try validate()
    }
}

extension Transformer {
    /// Adds an adapter that PEFT or `LowRankAdapter.save` wrote, merged into the weights.
    ///
    /// - Throws: `PolicyError` naming the field or tensor that does not fit; then the model must not be
    ///   used.
    public func addAdapter(folder: URL, threads: Int = 2) throws(PolicyError) {
        let url = folder.appending(path: "adapter_config.json")
        let data: Data
        do { data = try Data(contentsOf: url) } catch {
            throw .file(path: url.path, reason: error.localizedDescription)
        }
        try addAdapter(try LowRankSettings(adapterConfig: data), seed: 0)
        let archive = try TensorArchive(folder.appending(path: "adapter_model.safetensors"))
        try adapter?.take(archive)
        let pool = WorkerPool(threads: threads)
        adapter?.merge(pool, .best)
        refreshHalves(pool)
    }
}
