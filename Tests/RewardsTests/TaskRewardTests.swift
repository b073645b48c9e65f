import Rewards
import Rollouts
import Testing

/// What a task's reward reads of a completion.
@Suite struct TaskRewardTests {
    private func value(_ completion: String, gold: String, settings: String) throws -> Double? {
        let yaml = "name: s\nrewards: [{type: task, name: right, \(settings)}]\noutcome: right\n"
        return try scorer(yaml).score([ScoringInput(completion: completion, gold: gold)]).first?
            .outcome
    }

    @Test("of several turns it is the transcript, from its first character to its last")
    func transcripts() throws {
        let gold = "07-13:11;3"
        for (text, wanted) in [
            ("10;>11;=", 1.0), ("<answer>11;=</answer>", 0), ("07;>08;></think>11;=", 0),
            ("\\boxed{11;=}", 0), (" 11;=", 0), ("11;=\n", 0),
        ] {
            for settings in ["task: guessing", "task: guessing, answer: whole"] {
                #expect(try value(text, gold: gold, settings: settings) == wanted, "\(text)")
            }
        }
    }

    @Test("another place is refused where the transcript is the answer")
    func places() throws {
        for place in ["stated", "marked"] {
            let yaml =
                "name: s\nrewards: [{type: task, name: a, task: guessing, answer: \(place)}]\noutcome: a\n"
            let error = try #require(specError(yaml))
            #expect("\(error)".contains("transcripts") && !error.remedy.isEmpty)
        }
        #expect(
            try value("<answer>132</answer>", gold: "132", settings: "task: arithmetic") == 1)
        #expect(
            try value("132", gold: "132", settings: "task: arithmetic, answer: whole") == 1)
    }
}
