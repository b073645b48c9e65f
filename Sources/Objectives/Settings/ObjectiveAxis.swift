import Rollouts

/// One axis as a recipe writes it and a person reads it.
protocol ObjectiveAxis {
    /// Names of its settings, that of the kind first.
    static var names: [String] { get }
    /// This value with settings replaced.
    ///
    /// - Throws: `ObjectiveError.invalidSetting` for a number that the kind does not have.
    func applying(_ reader: SettingReader) throws(ObjectiveError) -> Self
    /// The settings that make this value out of any other.
    var settings: [(String, JSONValue)] { get }
    /// What is computed, as a formula where there is one.
    var formula: String { get }
}

extension JSONValue {
    /// A number of a setting.
    static func setting(_ value: Double) -> JSONValue {
        value == value.rounded() && abs(value) < 1e9 ? .integer(Int64(value)) : .number(value)
    }
    static func setting(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}

extension SettingReader {
    /// The word of another kind than `axis` is of; nil where none is named or it is of that kind already, so
    /// that its numbers stay.
    func kind(
        _ name: String, _ known: [String], of axis: any ObjectiveAxis
    ) throws(ObjectiveError) -> String? {
        let word = try word(name, known)
        return axis.settings.first?.1.string == word ? nil : word
    }

    /// Refuses settings of which the chosen kind has none.
    func refuse(_ names: [String], of kind: String) throws(ObjectiveError) {
        for name in names where has(name) {
            throw .invalidSetting(axis: name, reason: "`\(kind)` has no such number")
        }
    }
}

/// A number as a formula shows it.
func shown(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e9 { return String(Int(value)) }
    return "\(value)"
}
