public import Foundation
import Rollouts

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

    static let longestHeader = 100_000_000

    /// The bytes of a file.
    ///
    /// - Throws: `PolicyError.tensorFile` where a shape does not fit its values, or for a name that
    ///   is there twice or reserved.
    public static func data(_ content: Content) throws(PolicyError) -> Data {
        var header = "{"
        var seen: Set<String> = ["__metadata__"]
        if !content.metadata.isEmpty {
            let notes = content.metadata.sorted { $0.key < $1.key }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            header += "\"__metadata__\":{\(notes.joined(separator: ","))},"
        }
        var offset = 0
        for tensor in content.tensors {
            guard seen.insert(tensor.name).inserted else {
                throw .tensorFile(tensor: tensor.name, reason: "the name is taken")
            }
            guard elementCount(tensor.shape) == tensor.values.count else {
                throw .tensorFile(
                    tensor: tensor.name,
                    reason: "shape \(tensor.shape) does not fit \(tensor.values.count) values")
            }
            let end = offset + tensor.values.count * 4
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            header += "\(quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],"
            header += "\"data_offsets\":[\(offset),\(end)]},"
            offset = end
        }
        if header.hasSuffix(",") { header.removeLast() }
        header += "}"
        while header.utf8.count % 8 != 0 { header += " " }
        var data = Data(capacity: 8 + header.utf8.count + offset)
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
        data.append(contentsOf: header.utf8)
        for tensor in content.tensors {
            for value in tensor.values {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
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

    /// Reads a file.
    ///
    /// - Throws: as `content(of:)`, and `PolicyError.file`.
    public static func read(_ url: URL) throws(PolicyError) -> Content {
        let bytes: Data
        do { bytes = try Data(contentsOf: url) } catch {
            throw .file(path: url.path, reason: error.localizedDescription)
        }
        return try content(of: bytes)
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

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
