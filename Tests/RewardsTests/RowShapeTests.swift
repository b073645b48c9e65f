import Rollouts
import Testing

@testable import Rewards

@Suite struct RowShapeTests {
    /// A row, and the text and gold of its completions.
    static let shapes: [(row: String, texts: [String], gold: String?)] = [
        (#"{"id":"q","prompt":"p","completion":"c","answer":"4"}"#, ["c"], "4"),
        (#"{"completions":["a","b"],"ground_truth":7}"#, ["a", "b"], "7"),
        (#"{"completion":"c","reward_model":{"ground_truth":"1"},"answer":"2"}"#, ["c"], "1"),
        (#"{"completion":"c","solution":"s","expected_answer":"e"}"#, ["c"], "s"),
        (#"{"response":"c","expected_answer":"e","target":"t"}"#, ["c"], "e"),
        (#"{"output":"c","input":"p","gts":"g","score":1}"#, ["c"], "g"),
        (#"{"output":"c","final_answer":["9"]}"#, ["c"], "9"),
        (#"{"completion":"c","label":"5"}"#, ["c"], "5"),
        (#"{"completion":"c","label":true,"target":"6"}"#, ["c"], "6"),
        (#"{"completion":"c","answer":null,"target":"6"}"#, ["c"], "6"),
        (
            #"{"prompt":[{"role":"user","content":"p"}],"completion":[{"role":"assistant","content":"c"}],"answer":"4"}"#,
            ["c"], "4"
        ),
        (
            #"{"completions":[[{"role":"assistant","content":"a"}],[{"role":"assistant","content":"b"}]],"answer":"4"}"#,
            ["a", "b"], "4"
        ),
        (
            #"{"messages":[{"role":"user","content":"p"},{"role":"assistant","content":"c"}],"solution":"4"}"#,
            ["c"], "4"
        ),
        (
            #"{"completion":[{"role":"assistant","content":[{"type":"text","text":"c"}]}]}"#, ["c"],
            nil
        ),
        (#"{"prompt":"p","chosen":"a","rejected":"b","answer":"4"}"#, ["a", "b"], "4"),
        (
            #"{"response":{"output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"c"}]}]},"expected_answer":"4"}"#,
            ["c"], "4"
        ),
        (#"{"completions":[{"text":"a"},{"text":"b"}],"answer":"4"}"#, ["a", "b"], "4"),
        (#"{"output":["a","b"],"answer":"4"}"#, ["a", "b"], "4"),
        (#"{"completion":"","answer":"4"}"#, [""], "4"),
    ]

    @Test(arguments: shapes.indices)
    func findsCompletionsAndGold(index: Int) throws {
        let shape = Self.shapes[index]
        let found = try samples(shape.row)
        #expect(found.map(\.input.completion) == shape.texts)
        #expect(found.allSatisfy { $0.input.gold == shape.gold && $0.fault == nil })
        #expect(found.map(\.sample) == Array(shape.texts.indices))
    }

    @Test func findsPromptsAndIds() throws {
        let chat = try samples(
            #"{"prompt":[{"role":"system","content":"s"},{"role":"user","content":"p"}],"completion":"c"}"#
        )
        #expect(chat[0].input.prompt == "p" && chat[0].id == "line-7")
        #expect(try samples(#"{"uid":3,"question":"q","completion":"c"}"#)[0].id == "3")
        #expect(try samples(#"{"extra_info":{"index":5},"completion":"c"}"#)[0].id == "5")
    }

    @Test func modelSolutionsAreCompletionsWithLabels() throws {
        let found = try samples(
            #"{"question":"q","ground_truth":"A: 4","m2":{"is_correct":false,"solution":"b"},"m1":{"is_correct":true,"solution":"a"}}"#
        )
        #expect(found.map(\.id) == ["line-7/m1", "line-7/m2"])
        #expect(found.map(\.input.completion) == ["a", "b"])
        #expect(found.map(\.label) == [true, false])
        #expect(found.map(\.sample) == [0, 1])
        #expect(found[0].input.gold == "A: 4" && found[0].input.prompt == "q")
    }

    @Test func findsTokensTruncationAndLabels() throws {
        let many = try samples(
            #"{"completions":["a","b"],"tokens":[3,4],"truncated":[true,false],"labels":[false,true]}"#
        )
        #expect(many.map(\.input.tokenCount) == [3, 4])
        #expect(many.map(\.input.truncated) == [true, false])
        #expect(many.map(\.label) == [false, true])
        let ids = try samples(#"{"completions":["a","b"],"completion_ids":[[1,2],[3]]}"#)
        #expect(ids.map(\.input.tokenCount) == [2, 1])
        #expect(
            try samples(#"{"completion":"a","completion_ids":[5,6,7]}"#)[0].input.tokenCount == 3)
        #expect(try samples(#"{"completion":"a","tokens":-1}"#)[0].input.tokenCount == nil)
        #expect(try samples(#"{"completion":"a"}"#)[0].input.tokenCount == nil)
        #expect(try samples(#"{"completion":"a","finish_reason":"length"}"#)[0].input.truncated)
        let own = try samples(
            #"{"completions":[{"text":"a","finish_reason":"stop"},{"text":"b","finish_reason":"length"}]}"#
        )
        #expect(own.map(\.input.truncated) == [false, true])
    }

    @Test func aSpecMayNameTheFields() throws {
        let fields = RewardSpec.Fields(
            prompt: "task.text", completion: "model.answer", gold: "task.key")
        let found = try samples(
            #"{"task":{"text":"p","key":"4"},"model":{"answer":["a","b"]},"answer":"5","completion":"c"}"#,
            fields: fields)
        #expect(found.map(\.input.completion) == ["a", "b"])
        #expect(found[0].input.gold == "4" && found[0].input.prompt == "p")
    }

    @Test func whatHoldsNoCompletionSaysSo() throws {
        #expect(try samples("[1]")[0].fault == .notAnObject)
        #expect(try samples("4")[0].fault == .notAnObject)
        #expect(
            try samples(#"{"prompt":"p"}"#)[0].fault == .noCompletion(wanted: nil, keys: ["prompt"])
        )
        #expect(
            try samples(#"{"completions":[]}"#)[0].fault
                == .noCompletion(wanted: nil, keys: ["completions"]))
        let mixed = try samples(#"{"completions":["a",null,5]}"#)
        #expect(mixed.map(\.fault) == [nil, .completionIsNoText, .completionIsNoText])
    }

    @Test("numbers stay as they were written, lists are gold, and a target is no token count")
    func spelling() throws {
        let big = "123456789012345678901234567890"
        #expect(try samples(#"{"completion":"x","answer":\#(big)}"#)[0].input.gold == big)
        #expect(try samples(#"{"completion":"x","answer":2.50}"#)[0].input.gold == "2.50")
        #expect(
            try samples(#"{"completion":"x","answer":["a","b"]}"#)[0].input.gold == #"["a","b"]"#)
        #expect(
            try samples(#"{"completion":"x","answer":["5","6"],"target":"4"}"#)[0].input.gold
                == #"["5","6"]"#)
        let row = try samples(#"{"completion":"x","num_tokens":100,"completion_ids":[1,2,3]}"#)[0]
        #expect(row.input.tokenCount == 3)
        #expect(
            try samples(#"{"completions":["x"],"finish_reason":["length"]}"#)[0].input.truncated)
    }

    @Test("what Python writes for no number does not cost the row")
    func notANumber() async throws {
        let row = #"{"completion":"\\boxed{4}","answer":"4","logprobs":[-Infinity,NaN],"x":1e400}"#
        let (lines, summary) = try await scoreText(Array(row.utf8))
        #expect(lines.count == 1 && summary.unscored == 0)
    }
}
