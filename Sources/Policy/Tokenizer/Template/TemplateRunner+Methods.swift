extension TemplateRunner {
    /// `owner.name(…)`.
    mutating func method(
        _ name: String, of owner: TemplateValue, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> TemplateValue {
        try checkDefined(owner, line)
        switch owner {
        case .string(let text):
            try step(line, text.utf8.count / 16)
            try spend(text.utf8.count, line)
            if let result = try stringMethod(name, text, given, line) { return result }
        case .mapping(let mapping):
            if let result = mappingMethod(name, mapping, given) { return result }
        default: break
        }
        throw TemplateFault(line: line, reason: "the method '\(name)' is not supported here")
    }

    private func mappingMethod(
        _ name: String, _ mapping: TemplateMapping, _ given: TemplateCallValues
    ) -> TemplateValue? {
        switch name {
        case "items":
            return .list(zip(mapping.keys, mapping.values).map { .list([.string($0), $1]) })
        case "keys": return .list(mapping.keys.map { .string($0) })
        case "values": return .list(mapping.values)
        case "get":
            guard case .string(let key)? = given.values.first else { return nil }
            return mapping.value(key) ?? (given.values.count > 1 ? given.values[1] : .none)
        default: return nil
        }
    }

    private mutating func stringMethod(
        _ name: String, _ text: String, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> TemplateValue? {
        switch name {
        case "strip", "lstrip", "rstrip":
            return .string(try stripped(text, name, given.value(0, "chars"), line))
        case "upper": return .string(text.uppercased())
        case "lower": return .string(text.lowercased())
        case "capitalize", "title":
            return try filter(name, .string(text), TemplateCallValues(), line)
        case "startswith", "endswith":
            let parts = try affixes(given.values.first, line)
            let test = name == "startswith" ? ByteText.starts : ByteText.ends
            return .bool(parts.contains { test(text, $0) })
        case "split": return .list(try split(text, given, line))
        case "splitlines":
            return .list(
                text.split(omittingEmptySubsequences: true) { $0.isNewline }.map {
                    .string(String($0))
                })
        case "replace":
            guard let old = given.value(0, "old")?.string, let new = given.value(1, "new")?.string,
                !old.utf8.isEmpty
            else { throw TemplateFault(line: line, reason: "replace() takes two strings") }
            let limit = given.value(2, "count")?.integer ?? -1
            return .string(try replaced(text, old, new, limit: limit, line))
        case "join":
            return try filter(
                "join", given.values.first ?? .none, TemplateCallValues(values: [.string(text)]),
                line)
        case "find", "count":
            guard let part = given.values.first?.string, !part.utf8.isEmpty else { return nil }
            let pieces = ByteText.split(text, by: part, limit: name == "find" ? 1 : .max)
            if name == "count" { return .integer(pieces.count - 1) }
            return .integer(pieces.count == 1 ? -1 : pieces[0].unicodeScalars.count)
        case "isdigit":
            let digits = text.unicodeScalars.allSatisfy { $0.properties.numericType == .decimal }
            return .bool(digits && !text.utf8.isEmpty)
        default: return nil
        }
    }

    private func affixes(
        _ value: TemplateValue?, _ line: Int
    ) throws(TemplateFault) -> [String] {
        if let text = value?.string { return [text] }
        if case .list(let parts)? = value { return parts.compactMap(\.string) }
        throw TemplateFault(line: line, reason: "a string is expected")
    }

    private func stripped(
        _ text: String, _ name: String, _ characters: TemplateValue?, _ line: Int
    ) throws(TemplateFault) -> String {
        let (left, right) = (name != "rstrip", name != "lstrip")
        switch characters {
        case nil, .some(.none):
            return ByteText.stripped(text, left: left, right: right, ByteText.isSpace)
        case .string(let characters):
            let set = Set(characters.unicodeScalars)
            return ByteText.stripped(text, left: left, right: right) { set.contains($0) }
        default: throw TemplateFault(line: line, reason: "\(name)() takes a string")
        }
    }

    private mutating func split(
        _ text: String, _ given: TemplateCallValues, _ line: Int
    ) throws(TemplateFault) -> [TemplateValue] {
        let cuts = given.value(1, "maxsplit")?.integer ?? -1
        let parts: [String]
        switch given.value(0, "sep") {
        case nil, .some(.none):
            guard cuts < 0 else {
                throw TemplateFault(line: line, reason: "split() at spaces has no limit here")
            }
            parts = ByteText.words(text)
        case .string(let separator) where !separator.utf8.isEmpty:
            parts = ByteText.split(text, by: separator, limit: cuts < 0 ? .max : cuts)
        default: throw TemplateFault(line: line, reason: "split() takes a string")
        }
        try step(line, parts.count)
        return parts.map { .string($0) }
    }

    /// `text` with `old` replaced, counted before it is made.
    mutating func replaced(
        _ text: String, _ old: String, _ new: String, limit: Int, _ line: Int
    ) throws(TemplateFault) -> String {
        let (bytes, overflow) = (text.utf8.count / max(1, old.utf8.count))
            .multipliedReportingOverflow(by: new.utf8.count)
        guard !overflow else { throw TemplateFault(line: line, reason: "makes too much text") }
        try spend(bytes + text.utf8.count, line)
        return ByteText.replaced(text, old, new, limit: limit < 0 ? .max : limit)
    }
}
