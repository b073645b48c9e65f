import Rollouts
import Synchronization
import Testing

@testable import Rewards

/// Counts what it is asked for.
private final class AskedReward: RewardFunction {
    static let type = "asked"
    let asked = Mutex<[String]>([])
    let value: Double?

    init(_ value: Double?) { self.value = value }
    init(_ settings: inout SpecReader) throws(RewardError) { value = 1 }

    var traits: RewardTraits { RewardTraits(basis: .external) }

    func score(_ input: ScoringInput) -> RewardResult {
        asked.withLock { $0.append(input.completion) }
        return RewardResult(
            value: value, status: value == nil ? .timeout : .scored, reason: "asked")
    }
}

@Suite struct CompositionTests {
    private func rewards(_ yaml: String, _ completions: [String]) throws -> [Score] {
        try scorer(yaml).score(completions.map { ScoringInput(completion: $0, gold: "7") })
    }

    private static let parts = """
        name: s
        rewards:
          - {type: math}
          - {type: format, pattern: 'Ans.*', weight: 0.5}
        outcome: math

        """

    @Test(
        "totals combine as they are called",
        arguments: [
            ("weighted_sum", [1.5, 0.5, 1]), ("product", [1, 0, 0]), ("max", [1, 1, 1]),
            ("min", [1, 0, 0]),
        ])
    func combinations(_ word: String, _ expected: [Double]) throws {
        let texts = ["Ans: \\boxed{7}", "Ans: \\boxed{8}", "\\boxed{7}"]
        let scores = try rewards(Self.parts + "combine: \(word)\n", texts)
        #expect(scores.map(\.reward) == expected)
    }

    @Test("a total may be a formula over names, bounded by clip")
    func formulaTotal() throws {
        let yaml =
            Self.parts + "combine: formula\ntotal: 'math * (1 + format) - 3'\nclip: [-2, 2]\n"
        let scores = try rewards(yaml, ["Ans: \\boxed{7}", "\\boxed{7}", "x"])
        #expect(scores.map(\.reward) == [-1, -2, -2])
        #expect(specError(Self.parts + "combine: formula\n") != nil)
        #expect(specError(Self.parts + "total: 'math'\n") != nil)
        #expect(specError(Self.parts + "combine: formula\ntotal: 'nobody'\n") != nil)
    }

    @Test("derived parts see others after their gates, in whatever order they stand")
    func derived() throws {
        let yaml = """
            name: s
            rewards:
              - {type: max, name: either, of: [math, same]}
              - {type: formula, formula: 'either - 0.25 * shape', name: mixed, weight: 2}
              - {type: math, weight: 0}
              - {type: exact, name: same, weight: 0}
              - {type: format, name: shape, pattern: '7', weight: 0, unless: math}
            outcome: either
            """
        let scores = try rewards(yaml, ["7", "\\boxed{7}", "8"])
        #expect(scores.map(\.outcome) == [1, 1, 0])
        let expected: [Double?] = [2.5, 3, 0]
        #expect(scores.map(\.reward) == expected)
    }

    @Test("values are scaled, moved and clipped before they are gated")
    func transforms() throws {
        let yaml = """
            name: s
            rewards:
              - {type: math, scale: 2, offset: -1}
              - {type: format, pattern: '.*', scale: 10, clip: [0, 3], only_if: math}
            outcome: math
            """
        let scores = try rewards(yaml, ["\\boxed{7}", "\\boxed{8}"])
        #expect(scores.map(\.reward) == [4, -1])
        #expect(scores[1].components[1].value == 0)
    }

    @Test("a costly part is only asked where its gate lets it pay")
    func gatesBeforeCost() throws {
        let judge = AskedReward(1)
        let spec = RewardSpec(
            name: "s",
            components: [
                .init(name: "judge", unless: "a", function: judge),
                fixed("a", nil, status: .scored),
            ], outcome: "judge")
        var parts = spec.components
        parts[1].function = FixedReward([
            RewardResult(value: 1, reason: ""), RewardResult(value: 0, reason: ""),
            .unscored(.timeout, "late"),
        ])
        var asking = spec
        asking.components = parts
        let scores = try RewardScorer(asking).score(
            ["right", "wrong", "unknown"].map { ScoringInput(completion: $0) })
        #expect(judge.asked.withLock { $0 } == ["wrong"])
        #expect(scores.map { $0.components[0].value } == [0, 1, nil])
        #expect(scores[2].components[0].status == .timeout)
    }

    @Test("parts that wait for one another are refused")
    func cycles() {
        let yaml = """
            name: s
            rewards:
              - {type: max, name: a, of: [b]}
              - {type: math, name: b, only_if: a}
            outcome: b
            """
        guard case .badValue(let place, let key, _)? = specError(yaml) else {
            Issue.record("not refused")
            return
        }
        #expect(place.line == 3 && key == "of")
        #expect(specError("name: s\nrewards: [{type: max, of: [x]}]\noutcome: max\n") != nil)
    }

    @Test("normalised parts have mean 0 in a group and weigh alike whatever their scale")
    func normalization() throws {
        func totals(scale: Double) throws -> [Double] {
            let yaml = """
                name: s
                rewards:
                  - {type: math}
                  - {type: length, unit: characters, maximum: 9, scale: \(scale)}
                outcome: math
                normalize: gdpo
                """
            let texts = ["\\boxed{7}", "\\boxed{8}", "it is \\boxed{7}", "no \\boxed{10}"]
            return try rewards(yaml, texts).compactMap(\.reward)
        }
        let one = try totals(scale: 1)
        let many = try totals(scale: 1000)
        #expect(one.count == 4 && abs(one.reduce(0, +)) < 1e-12)
        let farthest = zip(one, many).map { abs($0 - $1) }.max() ?? 1
        #expect(farthest < 1e-3)
        // Two of four right and two of four short: (1 − 1/2)/(√(1/3) + 1e-4) each.
        let expected: Double = 1 / ((1.0 / 3).squareRoot() + 1e-4)
        #expect(abs(one[0] - expected) < 1e-12)
        let alone = try rewards(
            Self.parts + "normalize: gdpo\n", ["Ans: \\boxed{7}"])
        #expect(alone[0].reward == 0)
    }

    @Test("new keys that are not used change no configuration hash")
    func hashes() throws {
        let plain = try RewardSpec.parse(yaml: Self.parts, file: "s")
        let allowed = try RewardSpec.parse(yaml: Self.parts + "allow: [mixed_units]\n", file: "s")
        let clipped = try RewardSpec.parse(yaml: Self.parts + "clip: [0, 1]\n", file: "s")
        #expect(plain.configHash == allowed.configHash)
        #expect(plain.configHash != clipped.configHash)
    }
}
