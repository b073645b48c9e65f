import Foundation
import Rollouts

/// The small JSON files beside a model's weights.
enum ModelFolder {
    /// The content of a JSON file, or nil where there is none.
    static func settings(
        _ name: String, in folder: URL
    ) throws(PolicyError) -> JSONValue? {
        let url = folder.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        do {
            return try JSONReader.parse([UInt8](Data(contentsOf: url)), allowsNaN: true)
        } catch let fault as JSONReader.Fault {
            throw .file(path: url.path, reason: "no JSON at byte \(fault.offset): \(fault.reason)")
        } catch {
            throw .file(path: url.path, reason: error.localizedDescription)
        }
    }

    /// A token's text, written as a string or as an object with its content.
    static func token(_ value: JSONValue?) -> String? {
        value?.string ?? value?["content"]?.string
    }
}
