import Foundation
import Rollouts
import Store

/// What tells whether a run's problems are still those that it started with: `data.json`.
struct DataFingerprint: Codable, Equatable {
    /// By level; problems are drawn from these.
    var train: [Int: LevelFingerprint]
    /// By level; evaluations ask these.
    var heldOut: [Int: LevelFingerprint]
    /// Over the known pass rates by level and place, where the schedule reads them.
    var passRates: String?

    enum CodingKeys: String, CodingKey {
        case passRates = "pass_rates"
        case train
        case heldOut = "held_out"
    }

    /// Of the levels in use, as the store has them.
    init(_ recipe: CurriculumRecipe, runStore: AssayStore) throws {
        let path = recipe.store
        if let path, !FileManager.default.fileExists(atPath: path) {
            (train, heldOut) = ([:], [:])
            return
        }
        let store = try path.map { try AssayStore(reading: $0) } ?? runStore
        func levels(_ split: Split) throws -> [Int: LevelFingerprint] {
            try store.fingerprints(curriculum: recipe.name, split: split)
                .filter { recipe.levels.contains($0.key) }
        }
        train = try levels(.train)
        heldOut = try levels(.heldOut)
        if recipe.schedule.difficulty == .known {
            passRates = try Self.hash(
                store.passRates(
                    curriculum: recipe.name, policy: recipe.schedule.difficultyPolicy
                ).filter { recipe.levels.contains($0.key) })
        }
    }

    private static func hash(_ rates: [Int: [Int: Double]]) -> String {
        var hasher = StableHasher()
        var count = 0
        for (level, column) in rates.sorted(by: { $0.key < $1.key }) {
            for (ordinal, rate) in column.sorted(by: { $0.key < $1.key }) {
                hasher.combine("\(level) \(ordinal) \(rate)\n".utf8)
                count += 1
            }
        }
        return "\(count) problems, hash \(String(hasher.value, radix: 16))"
    }

    /// What the run was started with; nil before its problems were all there.
    init?(storedIn directory: RunDirectory) throws {
        guard FileManager.default.fileExists(atPath: directory.data) else { return nil }
        let data = try directory.read(directory.data)
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw TrainingError.file(path: directory.data, problem: "cannot be read: \(error)")
        }
    }

    func write(to directory: RunDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try AtomicFile.write(try encoder.encode(self), to: directory.data)
    }

    /// To be held against another one.
    var fields: [String: String] {
        var fields: [String: String] = [:]
        for (split, levels) in [(Split.train, train), (.heldOut, heldOut)] {
            for (level, print) in levels {
                fields["\(split.rawValue).level \(level)"] =
                    "\(print.problems) problems, hash \(print.hash)"
            }
        }
        fields["pass rates"] = passRates
        return fields
    }
}
