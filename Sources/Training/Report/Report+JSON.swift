import Foundation

extension Report {
    private struct Document: Encodable {
        var report: String
        var arms: [Arm]
        var changes: [Change]
    }

    private struct Change: Encodable {
        var run: String
        var step: Int
        var differences: [String]
    }

    private struct Arm: Encodable {
        struct Warning: Encodable {
            var step: Int
            var kind: String
            var meaning: String
        }

        struct Stage: Encodable {
            var step: Int
            var change: String
        }

        var name: String
        var steps: Int
        var last: [String: Double]
        var before: Evaluation?
        var after: Evaluation?
        var warnings: [Warning]
        var stages: [Stage]
    }

    /// What the page in the file `path` was made of: of each arm the number of steps, the last step's
    /// metrics, held-out figures before and after, warnings and stages; and where a run is no longer one recipe.
    public func json(path: String) throws -> String {
        let document = Document(
            report: path,
            arms: arms.map { arm in
                Arm(
                    name: arm.name, steps: arm.metrics.count,
                    last: arm.metrics.last?.metrics ?? [:], before: arm.before,
                    after: arm.after?.evaluation,
                    warnings: arm.alarms.map {
                        .init(step: $0.step, kind: $0.kind, meaning: $0.meaning)
                    }, stages: arm.stageChanges.map { .init(step: $0.step, change: $0.text) })
            },
            changes: runs.flatMap { run in
                run.changes.map { Change(run: run.name, step: $0.step, differences: $0.lines) }
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}
