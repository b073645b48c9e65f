import Foundation
import Rollouts
import Testing

@testable import Training

@Suite struct EvaluationTests {
    /// Right is what is short, which some completions of a policy that has learnt little are.
    private func judge(_ run: TinyRun) throws -> String {
        let path = run.folder + "/judge.yaml"
        let spec = """
            name: short
            version: "1"
            rewards: [{name: short, type: length, weight: 1, unit: tokens, maximum: 13}]
            combine: weighted_sum
            outcome: short
            examples: [{gold: "1", completion: "1", tokens: 2, expect: {short: 1}}]
            """
        try Data(spec.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("two evaluations differ by the policy alone: one that does not learn keeps its figures")
    func ownStream() throws {
        let still = try TinyRun([
            "optimizer.learning_rate=0", "evaluation.samples=3", "evaluation.every=2",
            "evaluation.problems_per_level=6",
        ])
        let summary = try still.train()
        #expect(summary.main.before == summary.main.after)
        #expect(summary.main.levelsBefore == summary.main.levelsAfter)
        #expect(Set(try still.traces().evaluations).count == 1)
    }

    @Test("how often and how much is evaluated changes no update")
    func isObserver() throws {
        let plain = try TinyRun()
        try plain.train()
        let other = try TinyRun([
            "evaluation.every=1", "evaluation.samples=5", "evaluation.temperature=0.7",
            "evaluation.top_p=0.9", "evaluation.final_problems_per_level=2",
        ])
        try other.train()
        #expect(try plain.traces().weights == other.traces().weights)
        #expect(try plain.traces().metrics == other.traces().metrics)
    }

    @Test("pass@k grows with k from pass@1 to the share of problems with a right sample")
    func passAt() throws {
        let run = try TinyRun(["budget.steps=1"])
        try run.train()
        let trained = try TrainedPolicy(run.directory, reward: judge(run))
        let problems = try trained.heldOut(perLevel: 6)
        let evaluation = try trained.evaluate(problems, EvaluationSettings(samples: 5))
        let figures = evaluation.all
        let shares = try #require(figures.passAt)
        #expect(shares.keys.sorted() == [2, 4, 5])
        let ordered = [figures.accuracy] + [2, 4, 5].compactMap { shares[$0] }
        #expect(zip(ordered, ordered.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 })
        #expect(ordered[0] > 0 && ordered[0] < 1 && ordered[0] < ordered[3])
        // All five are used at k = 5: a whole number of problems.
        let hits = ordered[3] * Double(figures.problems)
        #expect(abs(hits - hits.rounded()) < 1e-9)
        // Levels of equal size: the mean of theirs is that of all.
        #expect(evaluation.levels.count == 2)
        let byLevel = evaluation.levels.values.compactMap { $0.passAt?[2] }.reduce(0, +) / 2
        #expect(abs(byLevel - (shares[2] ?? 0)) < 1e-12)
        #expect(evaluation == (try trained.evaluate(problems, EvaluationSettings(samples: 5))))
        #expect(
            evaluation.table().contains("pass@4") && evaluation.table().contains("by the reward"))
        let json = try JSONEncoder().encode(evaluation)
        #expect(try JSONDecoder().decode(Evaluation.self, from: json) == evaluation)
        let cold = try trained.evaluate(problems, EvaluationSettings(temperature: 0.01))
        #expect(cold.all.accuracy == cold.all.greedyAccuracy && cold.all.passAt == nil)
    }

    @Test(
        "another spec judges evaluations, alarms and the best; the reward's own view stands beside it"
    )
    func otherSpec() throws {
        let plain = try TinyRun()
        let own = try plain.train().main
        #expect(own.before.rewardAccuracy == nil)
        let judged = try TinyRun()
        judged.recipe.evaluation.reward = try judge(judged)
        let other = try judged.train().main
        #expect(other.before.rewardAccuracy == own.before.accuracy)
        #expect(other.after.rewardAccuracy == own.after.accuracy)
        #expect(other.before.accuracy != own.before.accuracy)
        #expect(try judged.traces().weights == plain.traces().weights)
        let trained = try TrainedPolicy(judged.directory)
        let again = try trained.evaluate(
            trained.heldOut(perLevel: 6), trained.evaluationSettings)
        #expect(again.all == other.after)
        // The spec is part of the run.
        let path = try #require(judged.recipe.evaluation.reward)
        let spec = try String(contentsOfFile: path, encoding: .utf8)
        try Data(spec.replacing("maximum: 13", with: "maximum: 12").utf8)
            .write(to: URL(fileURLWithPath: path))
        #expect {
            try judged.train(.resume)
        } throws: { error in
            guard case .changed(_, _, let differences)? = error as? TrainingError else {
                return false
            }
            return differences == ["the spec of evaluations: rewards[0].maximum: was 13, now 12"]
        }
    }
}
