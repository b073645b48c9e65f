import Rollouts
import Testing

@testable import Rewards

@Suite struct RewardScorerTests {
    static func score(
        _ components: [RewardSpec.Component], outcome: String = "a",
        onUnscored: RewardSpec.UnscoredPolicy = .mask
    ) throws -> Score {
        let spec = RewardSpec(
            name: "t", components: components, outcome: outcome, onUnscored: onUnscored)
        return try RewardScorer(spec).score([ScoringInput(completion: "x")])[0]
    }

    @Test func theTotalIsTheWeightedSum() throws {
        let score = try Self.score([fixed("a", 1, weight: 2), fixed("b", -0.5, weight: 0.5)])
        #expect(score.reward == 1.75)
        #expect(score.components.map(\.value) == [1, -0.5])
        #expect(score.components.map(\.weight) == [2, 0.5])
    }

    @Test func theOutcomeIsApartFromTheTotal() throws {
        let score = try Self.score([fixed("a", 0, weight: 0), fixed("b", 3)])
        #expect(score.outcome == 0 && score.reward == 3 && score.isCorrect == false)
    }

    @Test(arguments: [
        ScoreStatus.abstain, .goldUnparseable, .timeout, .resourceLimit, .infrastructureError,
    ])
    func aPartWithoutAValueMasksTheTotal(status: ScoreStatus) throws {
        let score = try Self.score([fixed("a", 1), fixed("b", nil, status: status)])
        #expect(score.reward == nil && score.outcome == 1 && score.status == status)
        let skipped = try Self.score(
            [fixed("a", 1), fixed("b", nil, status: status)], onUnscored: .skip)
        #expect(skipped.reward == 1 && skipped.status == .scored)
        let logged = try Self.score([fixed("a", 1), fixed("b", nil, weight: 0, status: status)])
        #expect(logged.reward == 1)
    }

    @Test(arguments: RewardSpec.UnscoredPolicy.allCases)
    func theOutcomeIsNeverLeftOut(policy: RewardSpec.UnscoredPolicy) throws {
        let score = try Self.score(
            [fixed("a", nil, weight: 0, status: .goldUnparseable), fixed("b", 1)],
            onUnscored: policy)
        #expect(score.reward == nil && score.outcome == nil && score.status == .goldUnparseable)
    }

    @Test(arguments: [ScoreStatus.answerMissing, .answerUnparseable])
    func aFaultOfTheCompletionIsScored(status: ScoreStatus) throws {
        let score = try Self.score([fixed("a", 0, status: status), fixed("b", 1, weight: 0.1)])
        #expect(score.reward == 0.1 && score.outcome == 0 && score.status == status)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func nothingThatIsNoNumberLeaves(value: Double) throws {
        let score = try Self.score([fixed("a", 1), fixed("b", value)])
        #expect(score.reward == nil && score.status == .infrastructureError)
        #expect(score.components[1].value == nil)
        let huge = try Self.score([fixed("a", 1e308, weight: 1e308)])
        #expect(huge.reward == nil && huge.status == .infrastructureError)
    }

    @Test func valuesAndStatusesAgree() throws {
        let none = try Self.score([fixed("a", nil)])
        #expect(none.status == .infrastructureError)
        let both = try Self.score([fixed("a", 1, status: .timeout)])
        #expect(both.outcome == nil && both.status == .timeout)
    }

    @Test func aWrongNumberOfResultsIsAFaultOfTheReward() throws {
        let spec = RewardSpec(name: "t", components: [fixed("a", 1)], outcome: "a")
        let group = [ScoringInput(completion: "x"), ScoringInput(completion: "y")]
        let scores = try RewardScorer(spec).score(group)
        #expect(scores.map(\.status) == [.infrastructureError, .infrastructureError])
        #expect(try RewardScorer(spec).score([]).isEmpty)
    }

    @Test func aGatePaysOnlyWhereItsComponentIsRight() throws {
        let paid = try Self.score([fixed("a", 1), fixed("b", 0.3, onlyIf: "a")])
        #expect(paid.reward == 1.3)
        let refused = try Self.score([fixed("a", 0), fixed("b", 0.3, onlyIf: "a")])
        #expect(refused.reward == 0 && refused.components[1].value == 0)
        let unknown = try Self.score(
            [fixed("a", 1), fixed("c", nil, status: .timeout), fixed("b", 1, onlyIf: "c")],
            onUnscored: .skip)
        #expect(unknown.components[2].status == .timeout && unknown.components[2].value == nil)
    }

    @Test func specsComposedInCodeAreCheckedToo() {
        func refuses(_ components: [RewardSpec.Component], outcome: String = "a") -> Bool {
            do {
                _ = try RewardScorer(
                    RewardSpec(name: "t", components: components, outcome: outcome))
                return false
            } catch {
                return true
            }
        }
        #expect(refuses([fixed("a", 1), fixed("a", 1)]))
        #expect(refuses([fixed("a", 1, weight: .nan)]))
        #expect(refuses([fixed("a", 1)], outcome: "b"))
        #expect(refuses([fixed("a", 1, onlyIf: "a")]))
        #expect(refuses([fixed("a", 1, onlyIf: "b"), fixed("b", 1, onlyIf: "a")]))
        #expect(!refuses([fixed("a", 1)]))
    }

    @Test func aSpecMayNameRewardsOfItsUser() throws {
        let spec = try RewardSpec.parse(
            yaml: "name: s\nrewards: [{type: fixed, value: 0.25}]\noutcome: fixed\n", file: "s",
            rewards: RewardSpec.builtIn + [FixedReward.self])
        #expect(try RewardScorer(spec).score([ScoringInput(completion: "")])[0].reward == 0.25)
    }

    @Test func rolloutsOfAProblemBecomeAGroup() throws {
        let spec = """
            name: s
            rewards:
              - {type: math}
              - {type: overlong, unit: tokens, maximum: 4, cache: 2, truncated: lowest}
            outcome: math
            """
        let group = try scorer(spec).score(
            [
                Completion(text: "#### 4", tokens: [1, 2, 3]),
                Completion(text: "#### 5", tokens: [1], stopReason: .length),
                Completion(text: "#### 4"),
            ], of: Problem(id: "p", prompt: "2+2=", answer: "4"))
        #expect(group.scores.map(\.reward) == [0.5, -1, nil])
        #expect(group.scores.map(\.outcome) == [1, 0, 1])
        #expect(group.scores.map(\.status) == [.scored, .scored, .abstain])
    }
}
