/// `model.safetensors.index.json`: which file of a folder holds each tensor.
struct ShardIndex {
    static let fileName = "model.safetensors.index.json"
    static let singleName = "model.safetensors"

    /// The file of each tensor, by the tensor's name.
    private(set) var files: [String: String] = [:]

    /// Files in the order of their names, each once.
    var fileNames: [String] { Set(files.values).sorted() }

    /// Reads an index.
    ///
    /// - Throws: `PolicyError.tensorFile` naming the tensor whose file is no plain file name, or what
    ///   is wrong with the index.
    init(_ bytes: UnsafeRawBufferPointer) throws(PolicyError) {
        var scanner = StrictScanner(bytes, of: Self.fileName)
        guard bytes.count <= SafeTensorsHeader.longest else {
            throw scanner.failure("is over 100 MB")
        }
        var keys: Set<String> = []
        var files: [String: String] = [:]
        try scanner.members { (scanner: inout StrictScanner, key) throws(PolicyError) in
            guard keys.insert(key).inserted else {
                throw scanner.failure("\(key.prefix(64)) is there twice")
            }
            guard key == "weight_map" else { return try scanner.skipValue() }
            try scanner.members { (scanner: inout StrictScanner, tensor) throws(PolicyError) in
                try SafeTensorsHeader.checkName(tensor)
                let file: String
                do throws(PolicyError) { file = try scanner.string() } catch {
                    throw error.naming(tensor)
                }
                guard Self.isPlain(file) else {
                    throw .tensorFile(tensor: tensor, reason: "has no shard that is a file name")
                }
                guard files.updateValue(file, forKey: tensor) == nil else {
                    throw .tensorFile(tensor: tensor, reason: "is twice in \(Self.fileName)")
                }
            }
        }
        try scanner.end()
        guard !files.isEmpty else { throw scanner.failure("it has no weight_map") }
        self.files = files
    }

    /// Whether a name stays in its folder.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".."
            && !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
    }

    /// Which tensors go into which shard, in the order in which `transformers` fills them: a tensor
    /// over `limit` bytes has a shard of its own.
    static func shards(sizes: [Int], limit: Int) -> [[Int]] {
        var shards: [[Int]] = []
        var current: [Int] = []
        var filled = 0
        for (tensor, size) in sizes.enumerated() {
            if size > limit {
                shards.append([tensor])
                continue
            }
            if filled + size > limit {
                shards.append(current)
                current = []
                filled = 0
            }
            current.append(tensor)
            filled += size
        }
        if !current.isEmpty || shards.isEmpty { shards.append(current) }
        return shards
    }

    /// `model-00001-of-00003.safetensors`, or the single file's name.
    static func shardName(_ number: Int, of count: Int) -> String {
        func padded(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        }
        return count == 1
            ? singleName : "model-\(padded(number + 1))-of-\(padded(count)).safetensors"
    }

    /// The text of an index.
    static func text(_ files: [String: String], totalSize: Int) -> String {
        let lines = files.sorted { $0.key < $1.key }.map { tensor, file in
            "    \(SafeTensorsHeader.quoted(tensor)): \(SafeTensorsHeader.quoted(file))"
        }
        return """
            {
              "metadata": {
                "total_size": \(totalSize)
              },
              "weight_map": {
            \(lines.joined(separator: ",\n"))
              }
            }

            """
    }
}
