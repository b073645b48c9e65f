public import Foundation

extension SafeTensors {
    /// The tensors in a file's bytes.
    ///
    /// - Throws: `PolicyError.tensorFile` for a header over 100 MB, repeated keys, a type other than
    ///   F32, F16 and BF16, offsets that do not fit the shape, overlap, leave holes or pass the end.
    public static func content(of data: Data) throws(PolicyError) -> Content {
        try TensorArchive(data: data).content()
    }

    /// Reads a file.
    ///
    /// - Throws: as `content(of:)`, and `PolicyError.file`.
    public static func read(_ url: URL) throws(PolicyError) -> Content {
        try TensorArchive(url).content()
    }

    /// Reads a model's tensors out of a folder: `model.safetensors`, or the shards that
    /// `model.safetensors.index.json` names.
    ///
    /// - Throws: `PolicyError.file` where a file is missing, `tensorFile` where a shard does not hold
    ///   what the index says, and as `content(of:)`.
    public static func read(folder: URL) throws(PolicyError) -> Content {
        try TensorArchive(folder).content()
    }
}
