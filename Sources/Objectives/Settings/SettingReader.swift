import Rollouts

/// Typed access to settings, with errors that name the setting.
struct SettingReader {
    let settings: [String: JSONValue]

    func has(_ name: String) -> Bool { settings[name] != nil }

    func number(_ name: String) throws(ObjectiveError) -> Double? {
        guard let value = settings[name] else { return nil }
        guard let number = value.double, number.isFinite else {
            throw .invalidSetting(axis: name, reason: "\(value.serialized()) is not a number")
        }
        return number
    }

    /// A number, or `none`; the outer nil where nothing is said.
    func optional(_ name: String) throws(ObjectiveError) -> Double?? {
        if settings[name]?.string == "none" || settings[name] == .null { return .some(nil) }
        return try number(name).map { .some($0) }
    }

    func integer(_ name: String) throws(ObjectiveError) -> Int? {
        guard let value = settings[name] else { return nil }
        guard let number = value.int else {
            throw .invalidSetting(axis: name, reason: "\(value.serialized()) is not an integer")
        }
        return number
    }

    func flag(_ name: String) throws(ObjectiveError) -> Bool? {
        guard let value = settings[name] else { return nil }
        guard case .bool(let flag) = value else {
            throw .invalidSetting(axis: name, reason: "\(value.serialized()) is not true or false")
        }
        return flag
    }

    func text(_ name: String) throws(ObjectiveError) -> String? {
        guard let value = settings[name] else { return nil }
        guard let text = value.string else {
            throw .invalidSetting(axis: name, reason: "\(value.serialized()) is not text")
        }
        return text
    }

    /// One of some words; `-` and `_` are the same.
    func word(_ name: String, _ known: [String]) throws(ObjectiveError) -> String? {
        guard let text = try text(name) else { return nil }
        let wanted = String(text.map { $0 == "-" ? "_" : $0 })
        guard known.contains(wanted) else {
            throw .invalidSetting(
                axis: name, reason: "'\(text)' is none of \(known.joined(separator: ", "))")
        }
        return wanted
    }

    /// A case of an enumeration of words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _: Choice.Type
    ) throws(ObjectiveError) -> Choice? where Choice.RawValue == String {
        guard let word = try word(name, Choice.allCases.map(\.rawValue)) else { return nil }
        return Choice(rawValue: word)
    }
}
