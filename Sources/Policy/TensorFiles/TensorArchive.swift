public import Foundation

/// The tensors of a safetensors file, or of a model's folder, opened without reading them.
///
/// The file is mapped: opening reads its header, checks every rule of the format, and keeps no more
/// than the names, shapes and places in it, at most some six times the header's size. A tensor's
/// bytes are touched when it is read. Several threads may read at once.
///
/// Names over 4096 bytes or with NUL, and shapes of over 64 dimensions, are refused though the
/// format has no such limit. Names that Unicode holds for equal count as one name.
///
/// A file must not be made shorter while it is open. Sizes are checked at opening and before each
/// read, and a file that was cut is a typed error then; if it is cut in the middle of a read, the
/// system ends the process. Files that are replaced by renaming, as `TensorArchiveWriter` does, are
/// safe: the archive keeps the old content.
public final class TensorArchive: Sendable {
    /// What is known of a tensor before it is read.
    public struct Entry: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Row-major shape; empty for one number.
        public let shape: [Int]
        /// How many numbers it has.
        public let count: Int
        /// Its type in the format's words, such as `BF16` or `I64`.
        public let type: String
        /// The file that it is in: a name in the folder, or empty for bytes in memory.
        public let file: String
        let part: Int
        /// Its bytes in the file.
        let range: Range<Int>

        /// Its type where it holds floats that can be read, else nil.
        public var elementType: SafeTensors.ElementType? {
            SafeTensors.ElementType(rawValue: type)
        }
    }

    struct Part: Sendable {
        /// For errors: a path, or a name.
        let label: String
        let bytes: FileBytes
    }

    /// All tensors: files in the order of their names, in each the order of the data.
    public let entries: [Entry]
    /// Free notes; of two shards with the same key the first counts.
    public let metadata: [String: String]
    let parts: [Part]
    private let places: [String: Int]

    /// Opens a safetensors file, or a folder with `model.safetensors` or, where that is missing, the
    /// shards that `model.safetensors.index.json` names.
    ///
    /// - Throws: `PolicyError.file` where a file is missing or no regular file, `tensorFile` naming
    ///   the tensor and the file where a header breaks a rule of the format, or where a shard does not
    ///   hold what the index says.
    public convenience init(_ url: URL) throws(PolicyError) {
        var isFolder: ObjCBool = false
        let path = url.path(percentEncoded: false)
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            let name = url.lastPathComponent
            let bytes = FileBytes.mapped(try MappedFile(url))
            try self.init([(name: name, label: path, bytes: bytes)], index: nil)
            return
        }
        let single = url.appending(path: ShardIndex.singleName)
        let index = url.appending(path: ShardIndex.fileName)
        let manager = FileManager.default
        guard !manager.fileExists(atPath: single.path(percentEncoded: false)),
            manager.fileExists(atPath: index.path(percentEncoded: false))
        else {
            try self.init(single)
            return
        }
        try self.init(indexBytes: .mapped(try MappedFile(index)), label: index.path) {
            name throws(PolicyError) in
            let shard = url.appending(path: name)
            return (shard.path(percentEncoded: false), .mapped(try MappedFile(shard)))
        }
    }

    /// Opens a file's bytes in memory.
    ///
    /// - Throws: `PolicyError.tensorFile` where the header breaks a rule of the format.
    public convenience init(data: Data) throws(PolicyError) {
        try self.init([(name: "", label: "", bytes: .data(data))], index: nil)
    }

    /// Opens shards in memory by their index.
    ///
    /// - Parameters:
    ///   - index: the text of `model.safetensors.index.json`.
    ///   - shard: the bytes of a file that the index names.
    /// - Throws: as `init(_:)`, and what `shard` throws.
    public convenience init(
        index: Data, shard: (String) throws(PolicyError) -> Data
    ) throws(PolicyError) {
        try self.init(indexBytes: .data(index), label: "") { name throws(PolicyError) in
            (name, .data(try shard(name)))
        }
    }

    private convenience init(
        indexBytes: FileBytes, label: String,
        open: (String) throws(PolicyError) -> (label: String, bytes: FileBytes)
    ) throws(PolicyError) {
        let index: ShardIndex
        do throws(PolicyError) {
            index = try indexBytes.read { bytes throws(PolicyError) in try ShardIndex(bytes) }
        } catch { throw error.located(in: label) }
        var files: [(name: String, label: String, bytes: FileBytes)] = []
        for name in index.fileNames {
            let (label, bytes) = try open(name)
            files.append((name, label, bytes))
        }
        try self.init(files, index: index)
    }

    private init(
        _ files: [(name: String, label: String, bytes: FileBytes)], index: ShardIndex?
    ) throws(PolicyError) {
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        for (part, file) in files.enumerated() {
            do throws(PolicyError) {
                let header = try file.bytes.read { bytes throws(PolicyError) in
                    try SafeTensorsHeader(bytes)
                }
                try index?.check(header, of: file.name)
                metadata.merge(header.metadata) { first, _ in first }
                for entry in header.entries {
                    let (begin, end) = (
                        header.dataStart + entry.begin, header.dataStart + entry.end
                    )
                    entries.append(
                        Entry(
                            name: entry.name, shape: entry.shape, count: entry.count,
                            type: entry.type, file: file.name, part: part, range: begin..<end))
                }
            } catch { throw error.located(in: file.label) }
        }
        var places = [String: Int](minimumCapacity: entries.count)
        for (place, entry) in entries.enumerated() { places[entry.name] = place }
        if let index, let missing = index.files.keys.filter({ places[$0] == nil }).min() {
            let file = index.files[missing] ?? ""
            throw .tensorFile(tensor: missing, reason: "is not in \(file)")
        }
        self.entries = entries
        self.metadata = metadata
        self.places = places
        parts = files.map { Part(label: $0.label, bytes: $0.bytes) }
    }

    /// The tensor of a name, or nil.
    public func entry(_ name: String) -> Entry? { places[name].map { entries[$0] } }
}

extension ShardIndex {
    /// Checks that a shard holds nothing but what the index says.
    fileprivate func check(_ header: SafeTensorsHeader, of file: String) throws(PolicyError) {
        for entry in header.entries where files[entry.name] != file {
            let place = files[entry.name] ?? "nothing"
            throw .tensorFile(
                tensor: entry.name, reason: "stands in \(file), the index says \(place)")
        }
    }
}
