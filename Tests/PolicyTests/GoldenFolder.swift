import Foundation
import Rollouts

/// The golden files beside the tests.
enum GoldenFolder {
    static let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    /// The rows of a JSONL file.
    static func rows(_ name: String) throws -> [JSONValue] {
        try Data(contentsOf: url.appendingPathComponent(name)).split(separator: 0x0A).map {
            try JSONValue.parse(Data($0))
        }
    }
}
