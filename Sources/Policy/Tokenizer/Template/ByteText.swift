/// Python's string functions on UTF-8.
enum ByteText {
    /// Where `part` first lies in `text`, from an offset on.
    static func firstIndex(of part: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        guard let first = part.first else { return start <= text.count ? start : nil }
        var index = start
        while index + part.count <= text.count {
            if text[index] == first, text[index..<index + part.count].elementsEqual(part) {
                return index
            }
            index += 1
        }
        return nil
    }

    /// The parts of `text` between occurrences of `separator`, at most `limit` cuts.
    static func split(_ text: String, by separator: String, limit: Int) -> [String] {
        let bytes = Array(text.utf8)
        let mark = Array(separator.utf8)
        var parts: [String] = []
        var start = 0
        while parts.count < limit, let found = firstIndex(of: mark, in: bytes, from: start) {
            parts.append(String(decoding: bytes[start..<found], as: UTF8.self))
            start = found + mark.count
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }

    /// The words of `text`.
    static func words(_ text: String) -> [String] {
        text.unicodeScalars.split { isSpace($0) }.map { String($0) }
    }

    /// White space as Python's `str.strip` knows it.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || 0x1C...0x1F ~= scalar.value
    }

    /// `text` without the scalars that `isStripped` says, at its ends.
    static func stripped(
        _ text: String, left: Bool = true, right: Bool = true,
        _ isStripped: (Unicode.Scalar) -> Bool
    ) -> String {
        var rest = text.unicodeScalars[...]
        if left { rest = rest.drop(while: isStripped) }
        while right, let last = rest.last, isStripped(last) { rest.removeLast() }
        return String(rest)
    }

    /// `text` with `old` replaced.
    static func replaced(_ text: String, _ old: String, _ new: String, limit: Int) -> String {
        if old.utf8.isEmpty { return text }
        return split(text, by: old, limit: limit).joined(separator: new)
    }

    /// Whether `text` begins with `part`, byte by byte.
    static func starts(_ text: String, with part: String) -> Bool {
        text.utf8.starts(with: part.utf8)
    }

    /// Whether `text` ends with `part`, byte by byte.
    static func ends(_ text: String, with part: String) -> Bool {
        text.utf8.count >= part.utf8.count
            && text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8)
    }
}
