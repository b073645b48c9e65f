import Curricula
import Foundation
import Rollouts
import Testing

@Suite struct ProblemImporterTests {
    private func read(
        _ text: String, format: RowFormat? = nil, levelField: String? = nil
    ) throws -> ProblemImporter.Result {
        try ProblemImporter(file: "f.jsonl", format: format, levelField: levelField)
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
            (#"{"query":"q","response":"r","solution":"3"}"#, .trl, "q", "3", nil),
            (
                #"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"solution":"3"}"#,
                .trl, "q", "3", nil
            ),
            (#"{"problem":"q","answer":"3","solution":"so 3"}"#, .deepScaleR, "q", "3", nil),
            (#"{"problem":"q","answer":"3","solution":"so","level":4}"#, .deepScaleR, "q", "3", 4),
            (#"{"problem":"q","answer":"3","difficulty":"5.0","type":"t"}"#, .rllm, "q", "3", 5),
            (#"{"problem":"q","answer":"3","difficulty":"nan","type":"t"}"#, .rllm, "q", "3", nil),
            (
                #"[{"from":"human","value":"q"},{"from":"assistant","ground_truth":{"value":"3"}}]"#,
                .orz, "q", "3", nil
            ),
            (
                #"{"prompt":[{"from":"human","value":"q"}],"final_answer":"3"}"#, .orz, "q", "3",
                nil
            ),
            (
                #"{"responses_create_params":{"input":[{"role":"user","content":[{"type":"input_text","text":"q"}]}]},"expected_answer":"3"}"#,
                .nemoGym, "q", "3", nil
            ),
            (
                #"{"question":"q","answer":3,"metadata":{"source_dataset":"s","difficulty":2}}"#,
                .reasoningGym, "q", "3", 2
            ),
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
        "a bad row is told with its line and field, and the rows around it are read",
        arguments: [
            ("{}\n", "f.jsonl:1:", "no known row shape"),
            ("\u{FEFF}\n{\"prompt\":\"q\",\"answer\":\"1\"}\nnot json", "f.jsonl:3:", "not JSON"),
            ("[1]", "f.jsonl:1:", "value"), ("1", "f.jsonl:1:", "no JSON object"),
            (#"{"prompt":"","answer":"1"}"#, "f.jsonl:1:", "prompt"),
            (#"{"prompt":"q","answer":"1","level":"high"}"#, "f.jsonl:1:", "level"),
            (#"{"problem":"q","solution":"\\boxed{1"}"#, "f.jsonl:1:", "boxed"),
            (#"{"prompt":"a\u0000b","answer":"1"}"#, "f.jsonl:1:", "NUL"),
            (#"{"prompt":"q","answer":"1","pass_rate":1.5}"#, "f.jsonl:1:", "pass_rate"),
        ])
    func bad(text: String, place: String, what: String) throws {
        let result = try read(text + "\n{\"prompt\":\"good\",\"answer\":\"1\"}")
        let error = try #require(result.skipped.first)
        #expect(result.skipped.count == 1 && result.problems.last?.prompt == "good")
        #expect(error.description.hasPrefix(place) && error.description.contains(what))
        #expect(!error.remedy.isEmpty)
    }

    @Test("a file without rows is refused, and text that is not UTF-8 is a bad row")
    func nothing() throws {
        #expect(throws: CurriculumError.noRows(file: "f.jsonl")) { try read("\n \n") }
        let bytes: [UInt8] = [0x7B, 0x22, 0xFF, 0x22, 0x7D]
        #expect(throws: CurriculumError.self) {
            try ProblemImporter(file: "f").row(bytes, line: 1)
        }
    }

    @Test("the level may come from any field, whole or not")
    func levels() throws {
        let row = #"{"prompt":"q","answer":"1","level":9,"x":{"d":"4.5"}}"#
        #expect(try read(row, levelField: "x.d").problems.first?.level == 4)
        #expect(try read(row, levelField: "x.e").skipped.count == 1)
    }

    @Test("rates name their policy, and scored records judge")
    func rates() throws {
        let importer = ProblemImporter(file: "f", policy: "mine")
        func row(_ text: String) throws -> ImportedRow? {
            try importer.row(Array(text.utf8), line: 1)
        }
        guard
            case .problem(let problem) = try row(
                #"{"prompt":"q","answer":"1","llama8b_solve_rate":0.25,"pass_rate":"1","solve_rate":null}"#
            )
        else { throw CurriculumError.noRows(file: "f") }
        #expect(
            problem.passRates == [
                PassRate(policy: "llama8b", mean: 0.25), PassRate(policy: "mine", mean: 1),
            ])
        func record(_ acc: String) -> String {
            #"{"id":7,"sample":0,"reward":null,"acc":\#(acc),"config_sha256":"x"}"#
        }
        #expect(try row(record("true")) == .judged(JudgedRow(id: "7", isCorrect: true)))
        #expect(try row(record("null")) == .judged(JudgedRow(id: "7", isCorrect: nil)))
        #expect(throws: CurriculumError.self) { try row(record("3")) }
    }

    @Test("what is exported reads back as the same problem", arguments: ExportFormat.allCases)
    func roundTrip(format: ExportFormat) throws {
        var rng = SplitMix64(seed: 3)
        for index in 0..<200 {
            let problem = Problem(
                id: "i\(index)", prompt: RandomText.text(&rng), answer: RandomText.text(&rng),
                level: rng.below(2) == 0 ? nil : rng.below(9) - 4,
                tags: (0..<rng.below(3)).map { _ in RandomText.text(&rng) },
                metadata: [
                    "level": .integer(Int64(index)), "deep": .object(["k": .array([.null, "é"])]),
                ])
            let read = try read(problem.row(format, split: .heldOut))
            #expect(read.problems == [problem], "\(read.skipped)")
        }
    }

    @Test("hostile bytes and mutated rows are problems or typed errors, never a crash")
    func fuzz() throws {
        let rows = [
            #"{"question":"q","answer":"w\n#### 1,234"}"#,
            #"{"problem":"q","level":"Level 5","type":"A","solution":"\\boxed{\\boxed{1}"}"#,
            #"{"data_source":"d","prompt":[{"role":"user","content":"q"}],"reward_model":{"ground_truth":7},"extra_info":{"id":1,"level":"x","tags":[1],"metadata":{}}}"#,
            #"[{"from":"human","value":"q"},{"from":"assistant","ground_truth":{"value":"3"}}]"#,
            #"{"problem":"q","answer":"3","domain":["a"],"llama8b_solve_rate":0.25,"difficulty":1e99}"#,
            #"{"question":"q","answer":"y","metadata":{"source_dataset":"c","difficulty":{}}}"#,
            #"{"responses_create_params":{"input":[{"role":"u","content":"q"}]},"expected_answer":"5"}"#,
            #"{"id":"a","sample":0,"reward":1.0,"acc":true,"config_sha256":"x"}"#,
        ].map { Array($0.utf8) }
        var rng = SplitMix64(seed: 11)
        var usable = 0
        for _ in 0..<20_000 {
            var bytes = rows[rng.below(rows.count)]
            for _ in 0..<rng.below(4) {
                let at = rng.below(bytes.count)
                switch rng.below(4) {
                case 0: bytes[at] = UInt8(rng.below(256))
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(UInt8(rng.below(256)), at: at)
                default:
                    bytes.replaceSubrange(at..., with: rows[rng.below(rows.count)].dropFirst(at))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let forced =
                rng.below(3) == 0
                ? RowFormat.allCases[rng.below(RowFormat.allCases.count)] : nil
            let importer = ProblemImporter(file: "f", format: forced)
            do throws(CurriculumError) {
                guard case .problem(let row)? = try importer.row(bytes, line: 1) else { continue }
                usable += 1
                let problem = row.problem
                #expect(!problem.prompt.isEmpty && !problem.answer.isEmpty)
                #expect(!(problem.id + problem.prompt + problem.answer).utf8.contains(0))
                #expect(row.passRates.allSatisfy { (0...1).contains($0.mean) })
            } catch {
                #expect(error.description.hasPrefix("f:1:"))
            }
        }
        #expect(usable > 2000)
    }
}

/// Texts of signs that importers may trip over.
enum RandomText {
    private static let signs: [Character] = [
        "a", "B", " ", "\n", "\"", "\\", "{", "}", "é", "😀", "1", ".", "#", "\u{7F}", "\r\n",
        "\u{1}",
    ]

    static func text(_ rng: inout SplitMix64) -> String {
        String((0...rng.below(12)).map { _ in signs[rng.below(signs.count)] })
    }
}
