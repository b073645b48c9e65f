import Foundation
import Rollouts

/// Reward components as one JSON column: `{"math":1,…}`, and the status with its reason where a
/// component was not plainly scored.
enum ComponentCoding {
    /// Written straight away, since every rollout of a step has some; keys are in their order.
    static func json(_ components: [ComponentScore]) -> String {
        var text = "["
        for (place, component) in components.enumerated() {
            text += place == 0 ? "{\"name\":" : ",{\"name\":"
            text += quoted(component.name)
            if component.status != .scored {
                text += ",\"reason\":" + quoted(component.reason)
                text += ",\"status\":" + quoted(component.status.rawValue)
            }
            text += ",\"value\":" + (component.value.map(number) ?? "null")
            text += ",\"weight\":" + number(component.weight) + "}"
        }
        return text + "]"
    }

    /// Most texts need no escapes.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C
        }
        return isPlain ? "\"" + text + "\"" : JSONValue.string(text).serialized()
    }

    private static func number(_ value: Double) -> String { JSONValue.number(value).serialized() }

    static func components(_ json: String) throws -> [ComponentScore] {
        (try JSONValue.parse(Data(json.utf8)).array ?? []).map { entry in
            ComponentScore(
                name: entry["name"]?.string ?? "", value: entry["value"]?.double,
                weight: entry["weight"]?.double ?? 0,
                status: entry["status"]?.string.flatMap(ScoreStatus.init) ?? .scored,
                reason: entry["reason"]?.string ?? "")
        }
    }
}

/// What one step saw of each problem, as one JSON column: `{"id":[attempts,successes],…}`.
struct ObservedOutcomes {
    /// One problem of the step.
    struct Entry {
        var id: String
        var attempts: Int
        var successes: Double
    }

    /// In the order in which the step drew them.
    private(set) var problems: [Entry] = []

    /// Rollouts whose outcome is unknown count nowhere.
    init(_ rollouts: [RolloutRecord]) {
        var places: [String: Int] = [:]
        for rollout in rollouts {
            guard let outcome = rollout.outcome, outcome.isFinite else { continue }
            if let place = places[rollout.problem] {
                problems[place].attempts += 1
                problems[place].successes += outcome
            } else {
                places[rollout.problem] = problems.count
                problems.append(Entry(id: rollout.problem, attempts: 1, successes: outcome))
            }
        }
    }

    init(json: String) throws {
        guard case .object(let members) = try JSONValue.parse(Data(json.utf8)) else { return }
        problems = members.sorted { $0.key < $1.key }.map { id, counts in
            Entry(
                id: id, attempts: counts.array?.first?.int ?? 0,
                successes: counts.array?.last?.double ?? 0)
        }
    }

    var json: String {
        JSONValue.object(
            Dictionary(
                uniqueKeysWithValues: problems.map {
                    ($0.id, .array([.integer(Int64($0.attempts)), .number($0.successes)]))
                })
        ).serialized()
    }
}
