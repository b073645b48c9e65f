/// The header of a safetensors file, checked against every rule of the format and the file's size.
struct SafeTensorsHeader {
    struct Entry: Equatable {
        var name: String
        /// The type as the file writes it, such as `BF16`.
        var type: String
        var shape: [Int]
        /// Numbers in the tensor.
        var count: Int
        /// Where its bytes begin and end, counted from the first byte behind the header.
        var begin: Int
        var end: Int
    }

    /// The format's own limit.
    static let longest = 100_000_000
    /// More than any library can make; it bounds what a short header can ask to be kept.
    static let mostDimensions = 64
    /// Bytes of a name; errors repeat it.
    static let longestName = 4096
    static let notesKey = "__metadata__"

    /// In the order of their data, which they fill without gap.
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]
    /// Where the data begins in the file.
    let dataStart: Int

    /// Reads the header at the beginning of a whole file's bytes.
    ///
    /// - Throws: `PolicyError.tensorFile` naming the tensor where it is known.
    init(_ bytes: UnsafeRawBufferPointer) throws(PolicyError) {
        guard bytes.count >= 8 else {
            throw .tensorFile(tensor: "", reason: "\(bytes.count) bytes are too few for a header")
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.longest) else {
            throw .tensorFile(tensor: "", reason: "a header of \(length) bytes is over 100 MB")
        }
        dataStart = 8 + Int(length)
        guard dataStart <= bytes.count else {
            throw .tensorFile(tensor: "", reason: "the file ends in its header")
        }
        try read(UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
        entries.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
        try checkPlaces(size: bytes.count - dataStart)
    }

    private mutating func read(_ text: UnsafeRawBufferPointer) throws(PolicyError) {
        var scanner = StrictScanner(text, of: "header")
        guard text.first == UInt8(ascii: "{") else { throw scanner.failure("no JSON object") }
        var names: Set<String> = []
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        try scanner.members { (scanner: inout StrictScanner, name) throws(PolicyError) in
            try Self.checkName(name)
            guard names.insert(name).inserted else {
                throw .tensorFile(tensor: name, reason: "the key is there twice")
            }
            if name == Self.notesKey {
                metadata = try Self.notes(&scanner)
            } else {
                entries.append(try Self.entry(name, &scanner))
            }
        }
        try scanner.end()
        self.entries = entries
        self.metadata = metadata
    }

    /// Refuses names that no model has and that would do harm where they go.
    static func checkName(_ name: String) throws(PolicyError) {
        guard name.utf8.count <= longestName else {
            throw .tensorFile(
                tensor: String(name.unicodeScalars.prefix(64)),
                reason: "has a name of \(name.utf8.count) bytes")
        }
        guard !name.utf8.contains(0) else {
            throw .tensorFile(tensor: name, reason: "has NUL in its name")
        }
    }

    private static func notes(_ scanner: inout StrictScanner) throws(PolicyError) -> [String:
        String]
    {
        var notes: [String: String] = [:]
        do throws(PolicyError) {
            try scanner.members { (scanner: inout StrictScanner, key) throws(PolicyError) in
                let value = try scanner.string()
                guard notes.updateValue(value, forKey: key) == nil else {
                    throw .tensorFile(tensor: notesKey, reason: "\(key.prefix(64)) is there twice")
                }
            }
        } catch { throw error.naming(notesKey) }
        return notes
    }

    private static func entry(
        _ name: String, _ scanner: inout StrictScanner
    ) throws(PolicyError) -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        do throws(PolicyError) {
            try scanner.members { (scanner: inout StrictScanner, key) throws(PolicyError) in
                switch key {
                case "dtype" where type == nil: type = try scanner.string()
                case "shape" where shape == nil:
                    shape = try scanner.integers(limit: mostDimensions)
                case "data_offsets" where offsets == nil: offsets = try scanner.integers(limit: 2)
                default:
                    throw .tensorFile(
                        tensor: name, reason: "unexpected or repeated key \(key.prefix(64))")
                }
            }
        } catch { throw error.naming(name) }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw .tensorFile(tensor: name, reason: "lacks dtype, shape or two data_offsets")
        }
        guard let bits = SafeTensors.bitsOfType[type] else {
            throw .tensorFile(
                tensor: name, reason: "has type \(type.prefix(64)), which the format lacks")
        }
        guard let count = SafeTensors.elementCount(shape), count <= Int.max / 64 else {
            throw .tensorFile(tensor: name, reason: "shape \(shape) is too great")
        }
        let (begin, end) = (offsets[0], offsets[1])
        let isWhole = count * bits % 8 == 0
        guard isWhole, end >= begin, end - begin == count * bits / 8 else {
            throw .tensorFile(
                tensor: name,
                reason: "offsets \(begin), \(end) do not fit \(type) of shape \(shape)")
        }
        return Entry(name: name, type: type, shape: shape, count: count, begin: begin, end: end)
    }

    /// The tensors must fill the data: no overlap, no hole, nothing left.
    private func checkPlaces(size: Int) throws(PolicyError) {
        var next = 0
        for entry in entries {
            guard entry.begin == next else {
                throw .tensorFile(
                    tensor: entry.name,
                    reason: entry.begin < next
                        ? "overlaps another" : "leaves a hole at byte \(next)")
            }
            guard entry.end <= size else {
                throw .tensorFile(
                    tensor: entry.name, reason: "ends at \(entry.end) of \(size) bytes")
            }
            next = entry.end
        }
        guard next == size else {
            throw .tensorFile(tensor: "", reason: "\(size - next) bytes belong to no tensor")
        }
    }
}

extension PolicyError {
    /// The same with a tensor's name, where it had none.
    func naming(_ tensor: String) -> PolicyError {
        guard case .tensorFile("", let reason) = self else { return self }
        return .tensorFile(tensor: tensor, reason: reason)
    }

    /// The same with the file in its reason.
    func located(in file: String) -> PolicyError {
        guard case .tensorFile(let tensor, let reason) = self, !file.isEmpty else { return self }
        return .tensorFile(tensor: tensor, reason: "\(reason) (in \(file))")
    }
}
