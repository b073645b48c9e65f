import Curricula
import Foundation
import Rollouts
import Testing

@Suite struct ProblemImporterTests {
    private func read(
        _ text: String, format: RowFormat? = nil, skipsBad: Bool = false
    ) throws -> ProblemImporter.Result {
        try ProblemImporter(file: "f.jsonl", format: format, skipsBad: skipsBad)
            .problems(in: Data(text.utf8))
    }

    @Test(
        "each shape is recognised and gives its prompt, gold and level",
        arguments: [
            (#"{"question":"q","answer":"work\n#### 1,234"}"#, RowFormat.gsm8k, "q", "1234", nil),
            (
                #"{"problem":"q","level":"Level 5","type":"Algebra","solution":"\\boxed{1} so $\\boxed{\\frac{1}{2}}$."}"#,
                .math, "q", #"\frac{1}{2}"#, 5
            ),
            (
                #"{"data_source":"d","prompt":[{"role":"user","content":"q"}],"ability":"m","reward_model":{"style":"rule","ground_truth":7}}"#,
                .verl, "q", "7", nil
            ),
            (#"{"prompt":"q","solution":"x"}"#, .trl, "q", "x", nil),
            (
                #"{"prompt":[{"content":"a"},{"content":"b"}],"label":2.5}"#, .trl, "a\nb", "2.5",
                nil
            ),
            (#"{"problem":"q","answer":"3","llama8b_solve_rate":0.25}"#, .bigMath, "q", "3", nil),
            (
                #"{"question":"q","answer":"yes","metadata":{"source_dataset":"chain_sum"}}"#,
                .reasoningGym, "q", "yes", nil
            ),
            (#"{"id":"i","prompt":"q","answer":"3","level":2,"tags":["t"]}"#, .plain, "q", "3", 2),
        ] as [(String, RowFormat, String, String, Int?)])
    func shapes(
        row: String, format: RowFormat, prompt: String, answer: String, level: Int?
    ) throws {
        let result = try read(row)
        let problem = try #require(result.problems.first)
        #expect(result.format == format)
        #expect(problem.prompt == prompt && problem.answer == answer && problem.level == level)
    }

    @Test("other fields stay as metadata, and equal rows get equal ids")
    func metadata() throws {
        let row = #"{"problem":"q","answer":"3","llama8b_solve_rate":0.25}"#
        let problems = try read(row + "\r\n\n" + row).problems
        #expect(problems.count == 2 && problems[0].id == problems[1].id)
        #expect(problems[0].metadata == ["llama8b_solve_rate": 0.25])
    }

    @Test(
        "a bad row is refused with its line and field",
        arguments: [
            ("{}\n", "f.jsonl:1:", "no known row shape"),
            ("\u{FEFF}\n{\"prompt\":\"q\",\"answer\":\"1\"}\nnot json", "f.jsonl:3:", "not JSON"),
            ("[1]", "f.jsonl:1:", "no JSON object"),
            (#"{"prompt":"","answer":"1"}"#, "f.jsonl:1:", "prompt"),
            (#"{"prompt":"q","answer":"1","level":"high"}"#, "f.jsonl:1:", "level"),
            (#"{"problem":"q","solution":"\\boxed{1"}"#, "f.jsonl:1:", "boxed"),
            ("", "f.jsonl:", "no rows"),
        ])
    func bad(text: String, place: String, what: String) {
        #expect {
            try read(text)
        } throws: { error in
            let error = error as? CurriculumError
            return error?.description.hasPrefix(place) == true
                && error?.description.contains(what) == true && error?.remedy.isEmpty == false
        }
    }

    @Test("invalid UTF-8 is a typed error")
    func encoding() {
        #expect(throws: CurriculumError.self) {
            try ProblemImporter(file: "f").problems(in: Data([0x7B, 0xFF, 0x7D]))
        }
    }

    @Test("bad rows are counted where they may be left out")
    func skipping() throws {
        let result = try read(
            "x\n{\"prompt\":\"q\",\"answer\":\"1\"}\n{}\n", skipsBad: true)
        #expect(result.problems.count == 1 && result.skipped.count == 2)
    }

    @Test("what is exported reads back", arguments: ExportFormat.allCases)
    func roundTrip(format: ExportFormat) throws {
        let problem = Problem(id: "i", prompt: "q \"x\"", answer: "3", level: 2, tags: ["t"])
        let read = try read(problem.row(format, split: .train)).problems[0]
        #expect(read.prompt == problem.prompt && read.answer == problem.answer)
        if format == .plain { #expect(read == problem) }
    }
}
