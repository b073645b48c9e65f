public import Foundation
internal import Tensors

/// Writes safetensors files, and folders of shards, a piece at a time.
///
/// No more than a few megabytes are in memory beside the tensors themselves. Each file appears whole
/// or not at all, the index after its shards, so that a folder that was being written is no model.
public struct TensorArchiveWriter: Sendable {
    /// A tensor to write.
    public struct Tensor {
        /// Its name.
        public let name: String
        /// Row-major shape; empty for one number.
        public let shape: [Int]
        let values: Values

        enum Values {
            case memory(UnsafePointer<Float>)
            case made((Range<Int>, UnsafeMutablePointer<Float>) throws(PolicyError) -> Void)
        }

        /// A tensor of which the values lie in memory, which must stay there until it is written.
        public init(name: String, shape: [Int], values: UnsafePointer<Float>) {
            self.name = name
            self.shape = shape
            self.values = .memory(values)
        }

        /// A tensor of which the values are made piece by piece.
        ///
        /// - Parameter make: puts the values of a range of places, in row-major order, into memory
        ///   with room for them. Ranges follow each other from the first place to the last.
        public init(
            name: String, shape: [Int],
            make: @escaping (Range<Int>, UnsafeMutablePointer<Float>) throws(PolicyError) -> Void
        ) {
            self.name = name
            self.shape = shape
            values = .made(make)
        }
    }

    /// How the numbers are kept; those of 16 bits are rounded to the nearest, ties to even.
    public var elementType: SafeTensors.ElementType
    /// Notes in each file; `transformers` opens files with the note `format` = `pt` only.
    public var metadata: [String: String]
    /// Whether to wait until the disk has each file.
    public var isDurable: Bool

    static let piece = 1 << 18

    /// A writer by its settings.
    public init(
        elementType: SafeTensors.ElementType = .float32,
        metadata: [String: String] = ["format": "pt"], isDurable: Bool = false
    ) {
        self.elementType = elementType
        self.metadata = metadata
        self.isDurable = isDurable
    }

    /// Writes one file.
    ///
    /// - Throws: `PolicyError.tensorFile` for a name that is there twice or reserved, and a finite
    ///   value that the element type cannot hold; `PolicyError.file`; what a tensor's `make` throws.
    ///   Then a file that was there before is as it was.
    public func write(_ tensors: [Tensor], to url: URL) throws(PolicyError) {
        let header = try SafeTensorsHeader.bytes(
            tensors.map { ($0.name, $0.shape) }, type: elementType, metadata: metadata)
        var file = try OutputFile(url)
        try Self.write(header, to: file)
        for tensor in tensors { try write(tensor, to: file) }
        try file.finish(durably: isDurable)
    }

    /// Writes a model into a folder that is there: `model.safetensors`, or shards with their index
    /// where it is greater than a shard may be.
    ///
    /// - Parameter shardSize: bytes of tensors that no shard exceeds, but for a tensor greater than
    ///   that, which has its own.
    /// - Returns: the names of the files, the index last.
    /// - Throws: as `write(_:to:)`; `PolicyError.invalidSetting` for a size below 1; and
    ///   `PolicyError.file` where shards would stand beside a `model.safetensors`, which readers
    ///   prefer.
    @discardableResult
    public func write(
        _ tensors: [Tensor], folder: URL, shardSize: Int = 5_000_000_000
    ) throws(PolicyError) -> [String] {
        guard shardSize > 0 else {
            throw .invalidSetting(field: "shardSize", reason: "is not above 0")
        }
        // Names that are there twice, and shapes that are none, are found before anything is written.
        _ = try SafeTensorsHeader.bytes(
            tensors.map { ($0.name, $0.shape) }, type: elementType, metadata: metadata)
        let sizes = tensors.map { (SafeTensors.elementCount($0.shape) ?? 0) * elementType.width }
        let shards = ShardIndex.shards(sizes: sizes, limit: shardSize)
        let single = folder.appending(path: ShardIndex.singleName).path(percentEncoded: false)
        guard shards.count == 1 || !FileManager.default.fileExists(atPath: single) else {
            throw .file(path: single, reason: "is there, and would be read in place of the shards")
        }
        var names: [String] = []
        var files: [String: String] = [:]
        for (number, shard) in shards.enumerated() {
            let name = ShardIndex.shardName(number, of: shards.count)
            try write(shard.map { tensors[$0] }, to: folder.appending(path: name))
            names.append(name)
            for tensor in shard { files[tensors[tensor].name] = name }
        }
        guard shards.count > 1 else { return names }
        var index = try OutputFile(folder.appending(path: ShardIndex.fileName))
        let text = ShardIndex.text(files, totalSize: sizes.reduce(0, +))
        try Self.write(Array(text.utf8), to: index)
        try index.finish(durably: isDurable)
        return names + [ShardIndex.fileName]
    }

    private static func write(_ bytes: [UInt8], to file: borrowing OutputFile) throws(PolicyError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes)
        try file.write(UnsafeRawBufferPointer(buffer))
    }

    private func write(
        _ tensor: Tensor, to file: borrowing OutputFile
    ) throws(PolicyError) {
        let count = SafeTensors.elementCount(tensor.shape) ?? 0
        if case .memory(let values) = tensor.values, elementType == .float32 {
            return try file.write(UnsafeRawBufferPointer(start: values, count: 4 * count))
        }
        let room = min(count, Self.piece)
        let made = UnsafeMutablePointer<Float>.allocate(capacity: max(1, room))
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * room, alignment: 16)
        defer {
            made.deallocate()
            bytes.deallocate()
        }
        for start in stride(from: 0, to: count, by: Self.piece) {
            let range = start..<min(count, start + Self.piece)
            var values = UnsafePointer(made)
            switch tensor.values {
            case .memory(let all): values = all + start
            case .made(let make): try make(range, made)
            }
            guard let target = bytes.baseAddress else { return }
            guard elementType.stored.write(values, count: range.count, into: target) else {
                throw .tensorFile(
                    tensor: tensor.name, reason: "has values beyond \(elementType.rawValue)")
            }
            let size = range.count * elementType.width
            try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<size]))
        }
    }
}
