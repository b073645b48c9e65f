import Foundation
import Rollouts

/// Reads fields of a `config.json`, naming each that is missing or wrong.
struct ConfigReader {
    private let document: JSONValue

    /// - Throws: `PolicyError.invalidConfiguration` where `data` is no JSON object.
    init(_ data: Data) throws(PolicyError) {
        do {
            document = try JSONReader.parse([UInt8](data))
        } catch {
            throw .invalidConfiguration(
                field: "config.json",
                reason: "is not JSON at byte \(error.offset + 1): \(error.reason)")
        }
        guard case .object = document else {
            throw .invalidConfiguration(field: "config.json", reason: "is no JSON object")
        }
    }

    init(_ document: JSONValue) { self.document = document }

    /// A field that is there and not null.
    subscript(field: String) -> JSONValue? {
        let value = document[field]
        return value == .null ? nil : value
    }

    func failure(_ field: String, _ reason: String) -> PolicyError {
        .invalidConfiguration(field: field, reason: reason)
    }

    func integer(_ field: String, default value: Int? = nil) throws(PolicyError) -> Int {
        guard let found = self[field] else {
            if let value { return value }
            throw failure(field, "is missing")
        }
        guard let number = found.int else { throw failure(field, "is no whole number") }
        return number
    }

    func number(_ field: String, default value: Double? = nil) throws(PolicyError) -> Double {
        guard let found = self[field] else {
            if let value { return value }
            throw failure(field, "is missing")
        }
        guard let number = found.double, number.isFinite else {
            throw failure(field, "is no number")
        }
        return number
    }

    func boolean(_ field: String, default value: Bool) throws(PolicyError) -> Bool {
        guard let found = self[field] else { return value }
        guard case .bool(let flag) = found else { throw failure(field, "is not true or false") }
        return flag
    }

    func text(_ field: String, default value: String? = nil) throws(PolicyError) -> String {
        guard let found = self[field] else {
            if let value { return value }
            throw failure(field, "is missing")
        }
        guard let text = found.string else { throw failure(field, "is no text") }
        return text
    }

    /// A list of texts; none where the field is missing.
    func texts(_ field: String) throws(PolicyError) -> [String] {
        guard let found = self[field] else { return [] }
        let texts = found.array?.compactMap(\.string)
        guard let texts, texts.count == found.array?.count else {
            throw failure(field, "is no list of texts")
        }
        return texts
    }

    /// Refuses a field that is there and says anything.
    func refuse(_ field: String) throws(PolicyError) {
        switch self[field] {
        case nil: return
        case .array(let list)? where list.isEmpty: return
        case .object(let members)? where members.isEmpty: return
        case .bool(false)?: return
        default: throw failure(field, "is not served")
        }
    }

    /// An object's fields.
    func object(_ field: String) throws(PolicyError) -> ConfigReader? {
        guard let found = self[field] else { return nil }
        guard case .object = found else { throw failure(field, "is no object") }
        return ConfigReader(found)
    }

    /// Refuses a flag that is set otherwise.
    func refuse(_ field: String, unless wanted: Bool) throws(PolicyError) {
        guard try boolean(field, default: wanted) == wanted else {
            throw failure(field, "is \(!wanted), which is not served")
        }
    }

    /// Refuses a number that is set otherwise.
    func refuse(_ field: String, unless wanted: Int) throws(PolicyError) {
        let found = try integer(field, default: wanted)
        guard found == wanted else { throw failure(field, "is \(found), only \(wanted) is served") }
    }
}
