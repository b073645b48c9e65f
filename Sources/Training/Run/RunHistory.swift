import Foundation

/// What a run was made to go on with although it differed: `history.jsonl`, a line each time.
struct RunHistory: Equatable {
    /// One time.
    struct Entry: Codable, Equatable {
        /// When, in ISO 8601.
        var date: String
        /// Finished updates at that time.
        var step: Int
        var changes: [RunChange]
        /// The recipe until then, as resolved.
        var recipe: String
        /// The reward spec until then.
        var reward: String
    }

    var entries: [Entry] = []

    /// Empty for a run that is one recipe from its first step on.
    init() {}

    init(_ directory: RunDirectory) throws {
        guard FileManager.default.fileExists(atPath: directory.history) else { return }
        let text = String(decoding: try directory.read(directory.history), as: UTF8.self)
        do {
            entries = try text.split(separator: "\n").map {
                try JSONDecoder().decode(Entry.self, from: Data($0.utf8))
            }
        } catch {
            throw TrainingError.file(path: directory.history, problem: "cannot be read: \(error)")
        }
    }

    func write(to directory: RunDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let lines = try entries.map {
            String(decoding: try encoder.encode($0), as: UTF8.self) + "\n"
        }
        try AtomicFile.write(Data(lines.joined().utf8), to: directory.history)
    }

    /// Changes that a state of an earlier time does not know of.
    func changes(since revision: Int) -> [RunChange] {
        entries.dropFirst(revision).flatMap(\.changes)
    }
}
