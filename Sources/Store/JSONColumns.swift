import Foundation
import Rollouts

/// Writes reward components as one JSON column, a list of `{"name":…,"value":…,"weight":…}`, with the
/// status and its reason where a component was not plainly scored.
///
/// Every rollout of a step has some, mostly the same ones: texts are made once for several.
struct ComponentWriter {
    /// A component that was seen at a place, and its text.
    private struct Seen {
        var component: ComponentScore
        var text: String
    }

    /// At each place the last two: many parts of a reward are yes or no.
    private var seen: [(newer: Seen, older: Seen)] = []

    mutating func json(_ components: [ComponentScore]) -> String {
        var json = "["
        json.reserveCapacity(64 * components.count)
        for place in components.indices {
            if place > 0 { json += "," }
            json += text(place, components[place])
        }
        json += "]"
        return json
    }

    private mutating func text(_ place: Int, _ component: ComponentScore) -> String {
        guard place < seen.count else {
            let new = Seen(component: component, text: Self.text(component))
            seen.append((new, new))
            return new.text
        }
        if seen[place].newer.component == component { return seen[place].newer.text }
        if seen[place].older.component != component {
            seen[place].older = Seen(component: component, text: Self.text(component))
        }
        seen[place] = (newer: seen[place].older, older: seen[place].newer)
        return seen[place].newer.text
    }

    private static func text(_ component: ComponentScore) -> String {
        var text = "{\"name\":"
        JSONValue.quote(component.name, to: &text)
        if component.status != .scored {
            text += ",\"reason\":"
            JSONValue.quote(component.reason, to: &text)
            text += ",\"status\":\"" + component.status.rawValue + "\""
        }
        text += ",\"value\":" + (component.value.map(number) ?? "null")
        return text + ",\"weight\":" + number(component.weight) + "}"
    }

    private static func number(_ value: Double) -> String { JSONValue.number(value).serialized() }
}

/// Reads reward components from their JSON column.
enum ComponentCoding {
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
