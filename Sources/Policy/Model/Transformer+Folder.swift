public import Foundation
import Tensors

extension Transformer {
    /// Opens a model's folder: `config.json` and its safetensors, in one file or in shards.
    ///
    /// Numbers go from the file to their place, so that no more than the model is in memory. Tables of
    /// rotary angles, and an output layer that is tied, are passed over, as `transformers` does.
    ///
    /// - Throws: `PolicyError` naming the field of the configuration that is not served, or the tensor
    ///   that is missing, unknown, of another shape or not finite.
    public convenience init(folder: URL, precision: Precision = .float32) throws(PolicyError) {
        let configuration = try TransformerConfiguration(folder: folder)
        let archive = try TensorArchive(folder)
        // Nothing is allocated for a configuration that the tensors do not bear out.
        try archive.check(configuration)
        try self.init(zeros: configuration, precision: precision)
        for view in parameters {
            try archive.read(
                view.name, into: weights.pointer + view.offset, count: view.count,
                requiresFinite: true)
        }
        if tiesEmbedding(archive) { try checkTiedOutput(archive) }
        refreshHalves()
    }

    private func tiesEmbedding(_ archive: TensorArchive) -> Bool {
        configuration.head == .language && configuration.tiesEmbedding
            && archive.entry("lm_head.weight") != nil
    }

    /// An output layer in the file of a tied model must be the embedding.
    private func checkTiedOutput(_ archive: TensorArchive) throws(PolicyError) {
        let name = "lm_head.weight"
        let count = configuration.vocabularySize * configuration.width
        let output = FloatBuffer(count: count)
        try archive.read(name, into: output.pointer, count: count, requiresFinite: true)
        let embedding = weights.pointer + layout.embedding
        guard (0..<count).allSatisfy({ output.pointer[$0] == embedding[$0] }) else {
            throw .tensorFile(
                tensor: name,
                reason: "is not the embedding, and config.json says tie_word_embeddings")
        }
    }

    /// Writes a folder that `transformers` opens: `config.json` and safetensors, in shards where they are
    /// greater than `shardSize` bytes.
    ///
    /// - Parameter endOfText: the token that ends a text, where it is known.
    /// - Throws: `PolicyError.file`, and `tensorFile` for a number that `elementType` cannot hold.
    public func save(
        folder: URL, elementType: SafeTensors.ElementType = .float32, endOfText: Int32? = nil,
        shardSize: Int = 5_000_000_000
    ) throws(PolicyError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .file(path: folder.path, reason: error.localizedDescription)
        }
        let tensors = parameters.map {
            TensorArchiveWriter.Tensor(
                name: $0.name, shape: $0.shape,
                values: UnsafePointer(weights.pointer + $0.offset))
        }
        try TensorArchiveWriter(elementType: elementType).write(
            tensors, folder: folder, shardSize: shardSize)
        // Last, so that tensors that cannot be written leave a folder's configuration as it was.
        let config = folder.appending(path: "config.json")
        do {
            try configuration.configJSON(dtype: elementType.torchName, endOfText: endOfText)
                .write(to: config, options: .atomic)
        } catch {
            throw .file(path: config.path, reason: error.localizedDescription)
        }
    }
}

extension TransformerConfiguration {
    /// The shape of a model's folder.
    ///
    /// - Throws: `PolicyError.file`, and as `init(configJSON:)`.
    public init(folder: URL) throws(PolicyError) {
        let url = folder.appending(path: "config.json")
        let data: Data
        do { data = try Data(contentsOf: url) } catch {
            throw .file(path: url.path, reason: error.localizedDescription)
        }
        try self.init(configJSON: data)
    }
}

extension SafeTensors.ElementType {
    /// The type's name in `config.json`.
    public var torchName: String {
        switch self {
        case .float32: "float32"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        }
    }
}

extension TensorArchive {
    /// Refuses tensors that are missing, of another shape, or not of such a model.
    fileprivate func check(_ c: TransformerConfiguration) throws(PolicyError) {
        try c.validate()
        let wanted = c.layers * (6 + (c.experts.map { 1 + 3 * $0.count } ?? 3))
        guard entries.count >= wanted else {
            throw .tensorFile(
                tensor: "",
                reason: "\(entries.count) tensors, and the configuration asks for over \(wanted)")
        }
        var known: Set<String> = []
        for view in ParameterLayout(c).views {
            guard let entry = entry(view.name) else {
                throw .tensorFile(tensor: view.name, reason: "is missing")
            }
            guard entry.shape == view.shape else {
                throw .tensorFile(
                    tensor: view.name, reason: "has shape \(entry.shape), the model \(view.shape)")
            }
            known.insert(view.name)
        }
        let tied = c.head == .language && c.tiesEmbedding
        for entry in entries where !known.contains(entry.name) {
            let isPassedOver =
                entry.name.hasSuffix("rotary_emb.inv_freq")
                || tied && entry.name == "lm_head.weight"
            guard isPassedOver else {
                throw .tensorFile(tensor: entry.name, reason: "is not of this model")
            }
        }
    }
}
