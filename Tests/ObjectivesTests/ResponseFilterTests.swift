import Rollouts
import Testing

@testable import Objectives

struct ResponseFilterTests {
    @Test("ties go to the lower index, and what could not be scored is never retained")
    func ties() throws {
        let shortest = try ResponseFilter.shortest(k: 2).select(
            rewards: [nil, 0, 1, 1], lengths: [1, 5, 5, 5])
        #expect(shortest.retained == [1, 2])
        #expect(
            shortest.dropped.map(\.reason) == ["could not be scored", "not among the 2 shortest"])
        let few = try ResponseFilter.shortest(k: 3).select(
            rewards: [nil, nil, 1, nil], lengths: [1, 1, 1, 1])
        #expect(few.retained == [2])
    }

    @Test("negative rewards: guarded never prefers the longest failure")
    func negatives() throws {
        let rewards: [Double] = [-1, -1, -1, 0, 1]
        let lengths = [10, 100, 50, 80, 90]
        func retained(
            _ k: Int, _ negatives: ResponseFilter.NegativeRewards
        ) throws -> [Int] {
            try ResponseFilter.tokenEfficiency(k: k, negatives: negatives)
                .select(rewards: rewards, lengths: lengths).retained
        }
        #expect(try retained(3, .guarded) == [0, 3, 4])
        #expect(try retained(3, .asWritten) == [1, 3, 4])
        #expect(throws: ObjectiveError.negativeReward(rollout: 0, reward: -1)) {
            try retained(3, .refuse)
        }
    }

    @Test("an empty completion counts as one token")
    func emptyCompletion() throws {
        let found = try ResponseFilter.tokenEfficiency(k: 1).select(
            rewards: [1, 1], lengths: [0, 1])
        #expect(found.retained == [0])
    }

    @Test("a filter that keeps nothing, or more than there are, is refused")
    func size() {
        #expect(throws: ObjectiveError.self) {
            try ResponseFilter.shortest(k: 0).select(rewards: [1], lengths: [1])
        }
        #expect(throws: ObjectiveError.filterExceedsGroup(k: 2, groupSize: 1)) {
            try ResponseFilter.shortest(k: 2).select(rewards: [1], lengths: [1])
        }
    }
}
