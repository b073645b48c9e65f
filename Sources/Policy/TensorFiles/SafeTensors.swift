public import Foundation

/// Reads safetensors files of floats with 32 or 16 bits, and writes them with 32.
///
/// Source: the format of huggingface/safetensors. Differs: F32, F16 and BF16 are read; other types
/// are refused by name.
public enum SafeTensors {
    /// A named array.
    public struct Tensor: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Row-major shape; empty for one number.
        public var shape: [Int]
        /// As many numbers as the shape says.
        public var values: [Float]

        /// A tensor from its parts.
        public init(name: String, shape: [Int], values: [Float]) {
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// What a file holds.
    public struct Content: Sendable, Equatable {
        /// Tensors in the order of their data.
        public var tensors: [Tensor]
        /// Free notes.
        public var metadata: [String: String]

        /// Content from its parts.
        public init(tensors: [Tensor], metadata: [String: String] = [:]) {
            self.tensors = tensors
            self.metadata = metadata
        }
    }

    /// The bytes of a file.
    ///
    /// - Throws: `PolicyError.tensorFile` where a shape does not fit its values, or for a name that
    ///   is there twice or reserved.
    public static func data(_ content: Content) throws(PolicyError) -> Data {
        let header = try SafeTensorsHeader.bytes(
            content.tensors.map { ($0.name, $0.shape) }, type: .float32,
            metadata: content.metadata)
        for tensor in content.tensors where elementCount(tensor.shape) != tensor.values.count {
            throw .tensorFile(
                tensor: tensor.name,
                reason: "shape \(tensor.shape) does not fit \(tensor.values.count) values")
        }
        let count = content.tensors.reduce(0) { $0 + $1.values.count }
        var data = Data(capacity: header.count + 4 * count)
        data.append(contentsOf: header)
        for tensor in content.tensors {
            tensor.values.withUnsafeBytes { data.append(contentsOf: $0) }
        }
        return data
    }

    /// Writes a file in place; who needs it whole or not at all writes beside it and renames.
    ///
    /// - Throws: as `data(_:)`, and `PolicyError.file`.
    public static func write(_ content: Content, to url: URL) throws(PolicyError) {
        let bytes = try data(content)
        do { try bytes.write(to: url) } catch {
            throw .file(path: url.path, reason: error.localizedDescription)
        }
    }

    /// The number of elements of a shape, or nil where it is negative or too great.
    static func elementCount(_ shape: [Int]) -> Int? {
        var count = 1
        for size in shape {
            guard size >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }
}
