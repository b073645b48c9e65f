import Rollouts
import Testing

@testable import Rewards

@Suite struct RewardFunctionTests {
    /// The only component of a spec with one reward.
    static func result(_ reward: String, _ input: ScoringInput) throws -> ComponentScore {
        let spec = "name: s\nrewards:\n  - {name: r, \(reward)}\noutcome: r\n"
        return try scorer(spec).score([input])[0].components[0]
    }

    static func value(_ reward: String, _ text: String, gold: String? = nil) throws -> Double? {
        try result(reward, ScoringInput(completion: text, gold: gold)).value
    }

    @Test func formatMatchesTheWholeText() throws {
        let form = "type: format, pattern: 'a+|b'"
        #expect(try Self.value(form, "aaa") == 1)
        #expect(try Self.value(form, "b") == 1)
        #expect(try Self.value(form, "aaab") == 0)
        #expect(try Self.value(form, "aaa\n") == 0)
        #expect(try Self.value(form, "") == 0)
    }

    @Test func formatSearchesAndCounts() throws {
        #expect(try Self.value("type: format, match: search, pattern: 'b'", "abc") == 1)
        #expect(try Self.value("type: format, match: search, pattern: 'B'", "abc") == 0)
        let once = "type: format, match: count, maximum: 1, pattern: '<think>'"
        #expect(try Self.value(once, "<think>a") == 1)
        #expect(try Self.value(once, "<think><think>") == 0)
        #expect(try Self.value(once, "") == 0)
    }

    @Test func formatKnowsPrefilledText() throws {
        let form = "type: format, prefill: '<think>', pattern: '<think>.*</think>.*'"
        #expect(try Self.value(form, "so\n</think> 4") == 1)
        #expect(try Self.value(form, "so 4") == 0)
    }

    @Test func aPatternThatRunsAwayLeavesNoValue() throws {
        let form = "type: format, limit: 1000, pattern: '(a+)+[bc]'"
        let text = String(repeating: "a", count: 5000)
        let result = try Self.result(form, ScoringInput(completion: text))
        #expect(result.value == nil && result.status == .resourceLimit)
    }

    static let overlong = "type: overlong, unit: tokens, maximum: 100, cache: 20"

    @Test(arguments: [(0, 0.0), (80, 0), (85, -0.25), (90, -0.5), (100, -1), (101, -1), (500, -1)])
    func overlongFollowsDAPO(tokens: Int, expected: Double) throws {
        let input = ScoringInput(completion: "x", tokenCount: tokens)
        #expect(try Self.result(Self.overlong, input).value == expected)
    }

    @Test func overlongMayGrowWithoutBound() throws {
        let input = ScoringInput(completion: "x", tokenCount: 120)
        #expect(try Self.result(Self.overlong + ", clamping: verl", input).value == -2)
    }

    @Test func aLengthIsNeverGuessed() throws {
        for reward in [Self.overlong, "type: length, unit: tokens, maximum: 5"] {
            let result = try Self.result(reward, ScoringInput(completion: "x"))
            #expect(result.value == nil && result.status == .abstain)
            #expect(result.reason.contains("token count"))
        }
    }

    @Test func overlongCountsOtherUnitsItself() throws {
        #expect(
            try Self.value("type: overlong, unit: words, maximum: 4, cache: 2", " a b  c ") == -0.5)
        #expect(
            try Self.value("type: overlong, unit: characters, maximum: 4, cache: 2", "äöü") == -0.5)
    }

    @Test func truncatedTextMayEarnTheLowest() throws {
        let cut = ScoringInput(completion: "x", tokenCount: 5, truncated: true)
        #expect(try Self.result(Self.overlong, cut).value == 0)
        #expect(try Self.result(Self.overlong + ", truncated: lowest", cut).value == -1)
    }

    @Test func lengthIsWithinItsBounds() throws {
        let reward = "type: length, unit: words, minimum: 2, maximum: 3"
        #expect(try Self.value(reward, "a") == 0)
        #expect(try Self.value(reward, "a b c") == 1)
        #expect(try Self.value(reward, "a b c d") == 0)
    }

    @Test func exactComparesText() throws {
        #expect(try Self.value("type: exact", " yes\n", gold: "yes") == 1)
        #expect(try Self.value("type: exact, trim: false", " yes", gold: "yes") == 0)
        #expect(try Self.value("type: exact", "Yes", gold: "yes") == 0)
        #expect(try Self.value("type: exact, ignore_case: true", "Yes", gold: "yes") == 1)
        #expect(try Self.value("type: exact", "yes") == nil)
    }

    @Test func repetitionCountsNgrams() throws {
        let reward = "type: repetition, ngram: 2"
        #expect(try Self.value(reward, "a b c d") == 0)
        #expect(try Self.value(reward, "a") == 0)
        #expect(try Self.value(reward, "a a a a a") == -0.75)
        #expect(try Self.value(reward, "a b a\n\tb") == -1.0 / 3)
        #expect(try Self.value(reward, "ab c a bc") == 0)
        #expect(try Self.value("type: repetition, ngram: 1", "é") == 0)
    }

    @Test func mathHasAStatusForEveryFault() throws {
        func status(_ gold: String?, _ text: String) throws -> ScoreStatus {
            try Self.result("type: math", ScoringInput(completion: text, gold: gold)).status
        }
        #expect(try status("4", "#### 4") == .scored)
        #expect(try status("4", "no idea") == .answerMissing)
        #expect(try status(nil, "#### 4") == .goldUnparseable)
        #expect(try status("", "#### 4") == .goldUnparseable)
        #expect(try status("((", "no idea") == .goldUnparseable)
        #expect(try status("((", "#### 4") == .goldUnparseable)
    }

    @Test func aGroupMayHoldSeveralGolds() throws {
        let scores = try scorer(RewardSpecTests.good).score([
            ScoringInput(completion: "#### 4", gold: "4"),
            ScoringInput(completion: "#### 4", gold: "5"),
            ScoringInput(completion: "#### 5", gold: "5"),
        ])
        #expect(scores.map(\.outcome) == [1, 0, 1])
    }
}
