public import Foundation

extension SafeTensors {
    /// The tensors in a file's bytes.
    ///
    /// - Throws: `PolicyError.tensorFile` for a header over 100 MB, repeated keys, a type other than
    ///   F32, F16 and BF16, offsets that do not fit the shape, overlap, leave holes or pass the end.
    public static func content(of data: Data) throws(PolicyError) -> Content {
        let data = data.startIndex == 0 ? data : Data(data)
        guard data.count >= 8 else {
            throw .tensorFile(tensor: "", reason: "\(data.count) bytes are too few for a header")
        }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(longestHeader) else {
            throw .tensorFile(tensor: "", reason: "a header of \(length) bytes is over 100 MB")
        }
        let begin = 8 + Int(length)
        guard begin <= data.count else {
            throw .tensorFile(tensor: "", reason: "the file ends in its header")
        }
        let header = try SafeTensorsHeader(Array(data[8..<begin]))
        let size = data.count - begin
        let entries = header.entries.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
        try check(entries, size: size)
        let tensors = data.withUnsafeBytes { bytes in
            entries.map { entry in
                let type = ElementType(rawValue: entry.type) ?? .float32
                return Tensor(
                    name: entry.name, shape: entry.shape,
                    values: type.values(
                        bytes, from: begin + entry.begin,
                        count: (entry.end - entry.begin) / type.width))
            }
        }
        return Content(tensors: tensors, metadata: header.metadata)
    }

    private static func check(
        _ entries: [SafeTensorsHeader.Entry], size: Int
    ) throws(PolicyError) {
        var next = 0
        for entry in entries {
            guard let type = ElementType(rawValue: entry.type) else {
                throw .tensorFile(
                    tensor: entry.name, reason: "has type \(entry.type), not F32, F16 or BF16")
            }
            guard let count = elementCount(entry.shape), count <= Int.max / 4 else {
                throw .tensorFile(tensor: entry.name, reason: "shape \(entry.shape) is too great")
            }
            guard entry.end >= entry.begin, entry.end - entry.begin == type.width * count else {
                throw .tensorFile(
                    tensor: entry.name,
                    reason: "offsets \(entry.begin), \(entry.end) do not fit shape \(entry.shape)")
            }
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
