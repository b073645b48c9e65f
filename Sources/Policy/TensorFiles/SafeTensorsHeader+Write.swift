extension SafeTensorsHeader {
    /// The bytes in front of tensors that follow each other, length included, padded to 8.
    ///
    /// - Throws: `PolicyError.tensorFile` for a name that is there twice or reserved, a shape that is
    ///   no shape, and more than the format can hold.
    static func bytes(
        _ tensors: [(name: String, shape: [Int])], type: SafeTensors.ElementType,
        metadata: [String: String]
    ) throws(PolicyError) -> [UInt8] {
        var text = "{"
        var seen: Set<String> = [notesKey]
        if !metadata.isEmpty {
            let notes = metadata.sorted { $0.key < $1.key }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            text += "\"\(notesKey)\":{\(notes.joined(separator: ","))},"
        }
        var offset = 0
        for (name, shape) in tensors {
            guard seen.insert(name).inserted else {
                throw .tensorFile(tensor: name, reason: "the name is taken")
            }
            try checkName(name)
            guard let count = SafeTensors.elementCount(shape), count <= Int.max / 64,
                offset <= Int.max / 4, shape.count <= mostDimensions
            else { throw .tensorFile(tensor: name, reason: "cannot have shape \(shape)") }
            let end = offset + count * type.width
            let sizes = shape.map(String.init).joined(separator: ",")
            text += "\(quoted(name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(sizes)],"
            text += "\"data_offsets\":[\(offset),\(end)]},"
            offset = end
        }
        if text.hasSuffix(",") { text.removeLast() }
        text += "}"
        let padding = (8 - text.utf8.count % 8) % 8
        text += String(repeating: " ", count: padding)
        guard text.utf8.count <= longest else {
            throw .tensorFile(
                tensor: "", reason: "a header of \(text.utf8.count) bytes is over 100 MB")
        }
        let length = UInt64(text.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(text.utf8)
    }

    /// Text as a JSON string.
    static func quoted(_ text: String) -> String {
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
