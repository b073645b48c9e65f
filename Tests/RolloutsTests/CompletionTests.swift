import Rollouts
import Testing

@Suite struct CompletionTests {
    @Test(
        "tokens in their context: the policy's are its own in order, the rest is feedback",
        arguments: 1...200 as ClosedRange<UInt64>)
    func context(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var tokens: [Int32] = []
        var feedback: [Completion.Feedback] = []
        var all: [Int32] = []
        var isOwn: [Bool] = []
        let turns = 1 + random.below(4)
        for turn in 0..<turns {
            for _ in 0...random.below(3) {
                tokens.append(Int32(random.below(9)))
                all.append(tokens[tokens.count - 1])
                isOwn.append(true)
            }
            guard turn < turns - 1 || random.below(2) == 0 else { break }
            let answer = (0..<random.below(3)).map { _ in Int32(100 + random.below(9)) }
            feedback.append(Completion.Feedback(position: tokens.count, tokens: answer))
            // What nothing is written behind is no context.
            guard turn < turns - 1 else { break }
            all += answer
            isOwn += answer.map { _ in false }
        }
        let completion = Completion(text: "", tokens: tokens, feedback: feedback)
        let found = completion.inContext
        #expect(found.tokens == all, "seed \(seed)")
        #expect(found.own.flatMap { Array($0) } == isOwn.indices.filter { isOwn[$0] })
        #expect(completion.turns == turns)
    }

    @Test("of a single turn every token is the policy's")
    func single() {
        let completion = Completion(text: "ab", tokens: [1, 2])
        #expect(completion.inContext.tokens == [1, 2] && completion.inContext.own == [0..<2])
        #expect(completion.turns == 1)
        #expect(Completion(text: "").inContext.own.isEmpty)
    }
}
