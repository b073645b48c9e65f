import Rollouts
import Yams

extension RewardSpec {
    /// Reads `examples:`.
    static func examples(
        _ reader: inout SpecReader, components: [String]
    ) throws(RewardError) -> [RewardExample] {
        var examples: [RewardExample] = []
        for node in try reader.sequence("examples") {
            examples.append(try example(node, file: reader.file, components: components))
        }
        return examples
    }

    private static func example(
        _ node: Node, file: String, components: [String]
    ) throws(RewardError) -> RewardExample {
        var reader = try SpecReader(node, owner: "this example", file: file)
        let name = try reader.string("name") ?? ""
        let input = ScoringInput(
            prompt: try reader.string("prompt"),
            completion: try reader.requiredString("completion"),
            gold: try reader.string("gold"),
            tokenCount: try reader.int("tokens"),
            truncated: try reader.bool("truncated", default: false),
            fields: try reader.members("fields"))
        guard let expectNode = reader.node("expect") else { throw reader.missing("expect") }
        var expect = try SpecReader(expectNode, owner: "expect", file: file)
        var example = RewardExample(
            place: SpecReader.place(node.mark, in: file), name: name, input: input,
            components: [],
            reward: try optionalNumber("reward", &expect),
            outcome: try optionalNumber("outcome", &expect),
            status: try status(&expect), extracted: try expect.string("extracted"))
        for component in components {
            if let expectation = try expectation(component, &expect) {
                example.components.append(expectation)
            }
        }
        try expect.finish()
        guard !expect.keys.isEmpty else {
            throw .badValue(
                reader.valuePlace(of: "expect"), key: "expect", problem: "expects nothing")
        }
        try reader.finish()
        return example
    }

    /// A number, `null` for "no value", or nil where the key is absent.
    private static func optionalNumber(
        _ key: String, _ reader: inout SpecReader
    ) throws(RewardError) -> Double?? {
        guard let node = reader.node(key) else { return nil }
        if case .scalar(let scalar) = node, scalar.style == .plain, node.null != nil {
            return .some(nil)
        }
        return .some(try reader.double(key))
    }

    private static func status(_ reader: inout SpecReader) throws(RewardError) -> ScoreStatus? {
        guard reader.node("status") != nil else { return nil }
        let status: ScoreStatus = try reader.choice("status")
        return status
    }

    private static func expectation(
        _ name: String, _ reader: inout SpecReader
    ) throws(RewardError) -> RewardExample.ComponentExpectation? {
        guard let node = reader.node(name) else { return nil }
        guard case .mapping = node else {
            return .init(name: name, value: try optionalNumber(name, &reader), status: nil)
        }
        var parts = try SpecReader(node, owner: name, file: reader.file)
        let expectation = RewardExample.ComponentExpectation(
            name: name, value: try optionalNumber("value", &parts), status: try status(&parts))
        try parts.finish()
        guard expectation.value != nil || expectation.status != nil else {
            throw .badValue(
                reader.valuePlace(of: name), key: name, problem: "expects neither value nor status")
        }
        return expectation
    }
}
