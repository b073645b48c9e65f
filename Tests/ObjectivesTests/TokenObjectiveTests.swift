import Rollouts
import Testing

@testable import Objectives

/// Advantages of tokens as objectives compose them.
struct TokenObjectiveTests {
    private let offsets = [0, 3, 3, 5]
    private let mask = [true, true, true, true, true]
    private let rewards = [1.0, 5, -1]
    private let old = [-1.0, -2, -0.5, -0.25, -3]
    private let reference = [-1.5, -2, -1, -1, -2]
    private let values = [0.5, 0.25, 0.75, -0.5, 0]

    @Test("PPO is token rewards, then estimation, then whitening")
    func ppo() throws {
        let objective = try Objective.preset("ppo")
        #expect(objective.needsCritic && objective.usesTokenAdvantages)
        let found = try objective.tokenAdvantages(
            rewards: rewards, old: old, reference: reference, values: values, offsets: offsets,
            mask: mask)
        let paid = try tokenRewards(
            rewards: rewards, logProbabilities: old, referenceLogProbabilities: reference,
            offsets: offsets, mask: mask, coefficient: 0.05)
        let raw = try generalisedAdvantages(
            rewards: paid, values: values, offsets: offsets, mask: mask, gamma: 1, lambda: 0.95)
        #expect(found.returns == raw.returns)
        #expect(found.advantages == (try whitened(raw.advantages, mask: mask)))
        #expect(abs(found.advantages.reduce(0, +)) < 1e-12)
    }

    @Test("without KL and whitening, rewards to go are the rollout's reward")
    func toGo() throws {
        var objective = try Objective.preset("reinforce++")
        objective.kl = .none
        objective.scale = .none
        let found = try objective.tokenAdvantages(
            rewards: rewards, old: old, reference: nil, values: nil, offsets: offsets, mask: mask)
        #expect(found.advantages == [1, 1, 1, -1, -1])
    }

    @Test("penalties of rollouts are sums of those of tokens")
    func penalties() throws {
        var objective = try Objective.preset("rloo@trl")
        let found = try objective.sequencePenalties(
            old: old, reference: reference, offsets: offsets, mask: mask)
        for (penalty, wanted) in zip(found, [0.05, 0, -0.0125]) {
            #expect(abs(penalty - wanted) < 1e-15)
        }
        objective.kl = .none
        #expect(
            try objective.sequencePenalties(
                old: old, reference: reference, offsets: offsets, mask: mask) == [0, 0, 0])
    }

    @Test("what is missing is named")
    func missing() throws {
        let objective = try Objective.preset("ppo")
        #expect(throws: ObjectiveError.self) {
            try objective.tokenAdvantages(
                rewards: rewards, old: old, reference: nil, values: values, offsets: offsets,
                mask: mask)
        }
        #expect(throws: ObjectiveError.self) {
            try objective.tokenAdvantages(
                rewards: rewards, old: old, reference: reference, values: nil, offsets: offsets,
                mask: mask)
        }
        #expect(throws: ObjectiveError.nonFinite(what: "the reward", rollout: 1, token: nil)) {
            try objective.tokenAdvantages(
                rewards: [1, .infinity, 0], old: old, reference: reference, values: values,
                offsets: offsets, mask: mask)
        }
        #expect(throws: ObjectiveError.self) {
            try Objective.preset("grpo").tokenAdvantages(
                rewards: rewards, old: old, reference: reference, values: values,
                offsets: offsets, mask: mask)
        }
    }

    @Test("tokens of low entropy keep the KL pull and lose the policy term")
    func highEntropy() throws {
        var batch = randomBatch(seed: 4)
        batch.newLogProbabilities = batch.oldLogProbabilities
        var objective = Objective(name: "e", tokens: .highestEntropy(share: 0.3))
        let trained = batch.mask.indices.filter { batch.mask[$0] }
        let threshold = try #require(try objective.tokens.threshold(batch))
        let loss = try objective.loss(batch)
        for t in trained {
            #expect((loss.gradient[t] != 0) == ((batch.entropies?[t] ?? 0) >= threshold))
        }
        objective.kl = KLTerm(coefficient: 0.1)
        let pulled = try objective.loss(batch)
        #expect(trained.allSatisfy { pulled.gradient[$0] != 0 })
        batch.entropies = nil
        #expect(throws: ObjectiveError.self) { try objective.loss(batch) }
    }

    @Test("Clip-Cov draws among tokens within the bounds, the same for the same seed")
    func clipCov() throws {
        let batch = randomBatch(seed: 11, sequences: 40)
        var objective = try Objective.preset("clip-cov")
        let plain = try Objective(name: "clip", trust: .clip(low: 0.2, high: 0.2)).loss(batch)
        objective.trust = .covarianceClip(
            low: 0.2, high: 0.2, fraction: 0.1, from: 0.1, to: 5)
        let loss = try objective.loss(batch)
        #expect(try objective.loss(batch) == loss)
        let dropped = batch.mask.indices.filter {
            plain.gradient[$0] != 0 && loss.gradient[$0] == 0
        }
        let trained = batch.mask.count { $0 }
        #expect(!dropped.isEmpty && dropped.count <= max(1, trained / 10))
        for t in batch.mask.indices where !dropped.contains(t) {
            #expect(loss.gradient[t] == plain.gradient[t])
        }
        var other = batch
        other.seed = 1
        #expect(try objective.loss(other).gradient != loss.gradient)
    }
}
