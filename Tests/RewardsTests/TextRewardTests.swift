import Foundation
import Rollouts
import Testing

@testable import Rewards

/// The rewards that look at one text: values, statuses, refusals.
@Suite struct TextRewardTests {
    /// The one part's value, or nil with its status.
    private func part(
        _ settings: String, _ completion: String, gold: String? = nil, tokens: Int? = nil,
        truncated: Bool = false, fields: [String: JSONValue] = [:]
    ) throws -> ComponentScore {
        let grader = try scorer(
            "name: s\nrewards: [{\(settings), name: part}]\noutcome: part\nallow: [\(allowed)]\n")
        return grader.score([
            ScoringInput(
                completion: completion, gold: gold, tokenCount: tokens, truncated: truncated,
                fields: fields)
        ])[0].components[0]
    }

    private var allowed: String {
        SpecFinding.Check.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private func refused(_ settings: String) -> Bool {
        specError("name: s\nrewards: [{\(settings), name: part}]\noutcome: part\n") != nil
    }

    @Test(
        "any_of",
        arguments: [
            ("Paris", "Paris", 1.0), ("\\boxed{paris}", "Paris", 1),
            ("The answer is Lyon.", "Paris", 0),
            ("b", #"["a", "b"]"#, 1), ("c", #"["a", "b"]"#, 0), ("[", "[", 1), ("x", "[x", 0),
            ("<think>Paris</think> Rome", "Paris", 0), ("<think>Paris</think> Rome", "rome", 1),
        ])
    func anyOf(_ completion: String, _ gold: String, _ value: Double) throws {
        #expect(try part("type: any_of", completion, gold: gold).value == value, "\(completion)")
    }

    @Test("any_of reads texts of the spec, and has a status where nothing is there")
    func anyOfEdges() throws {
        #expect(try part("type: any_of, texts: [yes, 'true', 1]", "True").value == 1)
        #expect(try part("type: any_of, texts: [yes], ignore_case: false", "YES").value == 0)
        #expect(try part("type: any_of", "x").status == .goldUnparseable)
        #expect(try part("type: any_of, answer: stated", "x", gold: "x").status == .answerMissing)
        #expect(try part("type: any_of", " \n", gold: "x").status == .answerMissing)
        #expect(refused("type: any_of, texts: []") && refused("type: any_of, texts: a"))
    }

    @Test(
        "choice",
        arguments: [
            ("\\boxed{C}", "C", 1.0), ("\\boxed{(C)}", "C", 1),
            ("The answer is C) 12 apples.", "C", 1),
            ("\\boxed{\\text{C}}", "(C)", 1), ("\\boxed{B}", "C", 0),
            ("<answer>c</answer>", "C", 1),
            ("\\boxed{B} \\boxed{C}", "C", 0), ("The answer is B or C.", "C", 0),
            ("\\boxed{A, C}", "C", 0), ("\\boxed{Cat}", "C", 0), ("\\boxed{A) a dog}", "A", 1),
            ("\\boxed{C} and again \\boxed{C}", "C", 1), ("\\boxed{}", "C", 0), ("C", "C", 0),
        ])
    func choice(_ completion: String, _ gold: String, _ value: Double) throws {
        #expect(try part("type: choice", completion, gold: gold).value == value, "\(completion)")
    }

    @Test(
        "a choice in a sentence, and what rivals it",
        arguments: [
            ("The answer is C, I believe", 1.0), ("The answer is option (C).", 1),
            (#"\boxed{Option C}"#, 1), ("The answer is C, as A and B are wrong", 1),
            ("Answer: (C) the A team", 1), (#"\boxed{\textit{C}}"#, 1),
            ("<answer>(C) A and B together</answer>", 1), (#"\boxed{C is wrong}"#, 0),
            (#"\boxed{C^c}"#, 0), (#"\boxed{C/A}"#, 0), ("<answer>C) x, (D) y</answer>", 0),
            ("<answer>B. C. D.</answer>", 0), ("The answer is A (C is wrong)", 0),
        ])
    func sentences(_ completion: String, _ value: Double) throws {
        #expect(try part("type: choice", completion, gold: "C").value == value, "\(completion)")
    }

    @Test("gold that is no answer pays nobody")
    func emptyGold() throws {
        for gold in ["", " \n"] {
            #expect(try part("type: exact", "", gold: gold).status == .goldUnparseable)
            let found = try part("type: capture, pattern: 'x=(\\d*)'", "x=", gold: gold)
            #expect(found.status == .goldUnparseable)
        }
        #expect(try part("type: any_of", "[]", gold: "[]").status == .goldUnparseable)
        #expect(try part("type: choice", "A", gold: "A dog").status == .goldUnparseable)
    }

    @Test("words and letters beyond ASCII")
    func unicode() throws {
        let text = "a\u{a0}b\u{3000}c\u{2009}d e\u{1c}f"
        #expect(Words.count(in: text) == 6)
        #expect(Words.count(in: "漢字 é\u{a0}") == 2)
        #expect(try part("type: language, scripts: [han]", "3×4÷2=6").value == 1)
        #expect(try part("type: language, scripts: [latin]", "বাংলা").value == 0)
        #expect(try part("type: language, scripts: [arabic]", "١٢٣؟ abc").value == 0)
    }

    @Test("JSON in fences, tags and with a byte order mark")
    func jsonPlaces() throws {
        for text in [
            "```json\r\n{\"a\":1}\r\n```", "<answer>```json\n{\"a\":1}\n```</answer>",
            "\u{FEFF}{\"a\":1}", "```\n{\"a\":\"x ``` y\"}\n```",
        ] {
            #expect(try part("type: json, members: [{name: a}]", text).value == 1, "\(text)")
        }
    }

    @Test("choice takes indices and lone letters where it is told to")
    func choiceOptions() throws {
        #expect(try part("type: choice, zero_based: true", "\\boxed{C}", gold: "2").value == 1)
        #expect(try part("type: choice, zero_based: true", "\\boxed{C}", gold: "77").value == nil)
        #expect(
            try part("type: choice, lone_letter: true", "So it must be D", gold: "D").value == 1)
        #expect(try part("type: choice", "\\boxed{C}", gold: "12").status == .goldUnparseable)
        #expect(try part("type: choice, letters: 4", "\\boxed{E}", gold: "D").value == 0)
        #expect(refused("type: choice, letters: 1"))
    }

    @Test(
        "numeric",
        arguments: [
            ("It is 3.14", "3.1416", 0.01, 1.0), ("It is 3.2", "3.1416", 0.01, 0),
            ("\\boxed{$1,234.5}", "1234", 1, 1), ("about -7 cm", "-7.2", 0.5, 1),
            ("\\boxed{3e-4}", "0.0003", 1e-9, 1), ("from 2 to 3", "3", 0.1, 1),
            ("none", "3", 0.1, 0),
        ])
    func numeric(_ completion: String, _ gold: String, _ absolute: Double, _ value: Double) throws {
        #expect(
            try part(
                "type: numeric, last_number: true, absolute: \(absolute)", completion, gold: gold
            )
            .value == value,
            "\(completion)")
    }

    @Test(
        "numeric takes answers as models of science write them",
        arguments: [
            ("The answer is approximately 3.2.", "3.2", 1.0), ("The answer is 3.2 m", "3.2", 1),
            ("<answer>approximately 5.3 meters</answer>", "5.3", 1),
            (#"\boxed{\text{approximately } 5.3}"#, "5.3", 1), (#"\boxed{5.3 m/s}"#, "5 m/s", 1),
            (#"\boxed{3.2 \times 10^2}"#, "320", 1), (#"\boxed{5 km}"#, "5 m", 0),
            (#"\boxed{5x}"#, "5", 0), ("it is certainly not 5.3", "5.3", 0),
        ])
    func science(completion: String, gold: String, value: Double) throws {
        let found = try part("type: numeric, relative: 0.1", completion, gold: gold)
        #expect(found.value == value, "\(completion): \(found.reason)")
    }

    @Test(
        "the last number has its sign and exponent",
        arguments: [
            ("v = 3.2 × 10^2 m/s", "320"), ("6.02e23 of them", "6.02e23"), ("so −3.2", "-3.2"),
            (#"about $1.6\times10^{-19}$"#, "1.6e-19"), ("1.2345E+03", "1234.5"),
            ("in 3 x 4 steps", "4"), ("5e", "5"),
        ])
    func lastNumber(completion: String, gold: String) throws {
        let settings = "type: numeric, relative: 0.0001, last_number: true"
        let found = try part(settings, completion, gold: gold)
        #expect(found.value == 1, "\(completion): \(found.reason)")
    }

    @Test("numeric knows what is no number")
    func numericEdges() throws {
        #expect(
            try part("type: numeric, last_number: true, relative: 0.1", "105", gold: "100").value
                == 1)
        #expect(
            try part("type: numeric, last_number: true, relative: 0.1", "115", gold: "100").value
                == 0)
        for gold in ["", "x", "x = y", "."] {
            let found = try part("type: numeric, last_number: true, absolute: 1", "1", gold: gold)
            #expect(found.status == .goldUnparseable && found.value == nil, "\(gold)")
        }
        let text = String(repeating: "9", count: 100_000)
        #expect(
            try part("type: numeric, last_number: true, absolute: 1", text, gold: "1").status
                == .resourceLimit)
        #expect(refused("type: numeric") && refused("type: numeric, absolute: -1"))
        for (completion, gold, value) in [
            ("\\boxed{−5}", "-5", 1.0), ("\\boxed{- 5}", "-5", 1), ("\\boxed{−5}", "5", 0),
            ("\\boxed{1,2}", "12", 0), ("\\boxed{\\frac{1}{2}}", "0.5", 1),
            ("\\boxed{3\\times10^{-4}}", "0.0003", 1), ("\\boxed{5\\pi}", "5", 0),
            ("\\boxed{x_1=5}", "5", 1), ("\\boxed{5!}", "5", 0), ("\\boxed{\\sqrt{5}}", "2.236", 1),
            ("\\boxed{\\ne 5}", "5", 0), ("\\boxed{5 million}", "5", 0), ("\\boxed{5x}", "5", 0),
            ("\\boxed{12\\%}", "0.12", 1), ("\\boxed{5.001}", "5", 1), ("\\boxed{5.0011}", "5", 0),
            ("\\boxed{(1.0005, 2)}", "(1, 2)", 1), ("\\boxed{5} or \\boxed{6}", "5", 0),
        ] {
            #expect(
                try part("type: numeric, absolute: 0.001", completion, gold: gold).value == value,
                "\(completion)")
        }
    }

    @Test("capture compares a group with gold")
    func capture() throws {
        let settings = #"type: capture, pattern: 'result: (\w+)'"#
        #expect(try part(settings, "result: a, result: b", gold: "b").value == 1)
        #expect(try part(settings + ", which: first", "result: a, result: b", gold: "a").value == 1)
        #expect(try part(settings, "nothing", gold: "b").status == .answerMissing)
        #expect(try part(settings, "result: b").status == .goldUnparseable)
        #expect(try part(settings + ", ignore_case: true", "result: B", gold: "b").value == 1)
        let slow = try part(
            "type: capture, pattern: '^(a+)+$', limit: 1000",
            String(repeating: "a", count: 5000) + "!", gold: "a")
        #expect(slow.status == .resourceLimit && slow.value == nil)
        #expect(refused("type: capture, pattern: 'a'") && refused("type: capture, pattern: '('"))
    }

    @Test(
        "think_format",
        arguments: [
            ("<think>a</think>b", 1.0), (" \n<think>a</think>\nb", 1), ("<think></think>b", 1),
            ("<think>a</think>", 0), ("<think>a</think> \n", 0), ("b", 0),
            ("x<think>a</think>b", 0),
            ("<think>a</think>b</think>c", 0), ("<think><think>a</think>b", 0),
            ("</think>a<think>b", 0), ("<think>a", 0), ("", 0),
        ])
    func think(_ completion: String, _ value: Double) throws {
        #expect(try part("type: think_format", completion).value == value, "\(completion)")
    }

    @Test("think_format with a prefilled tag, and with an answer tag")
    func thinkOptions() throws {
        let prefilled = "type: think_format, prefilled: true"
        #expect(try part(prefilled, "a</think>b").value == 1)
        #expect(try part(prefilled, "<think>a</think>b").value == 0)
        let tagged = "type: think_format, answer_tag: true"
        #expect(try part(tagged, "<think>a</think>\n<answer>b</answer>\n").value == 1)
        for bad in [
            "<think>a</think>b<answer>c</answer>", "<think>a</think><answer>b</answer>c",
            "<think>a</think><answer> </answer>", "<think><answer>b</answer></think>c",
            "<think>a</think><answer>b</answer><answer>c</answer>", "<think>a</think><answer>b",
        ] { #expect(try part(tagged, bad).value == 0, "\(bad)") }
    }

    @Test("tag_count is the share of tags that stand once")
    func tags() throws {
        #expect(try part("type: tag_count", "<think>a</think><answer>b</answer>").value == 1)
        #expect(try part("type: tag_count", "<think>a</think><answer>b").value == 0.75)
        #expect(try part("type: tag_count", "<think><think></think>").value == 0.25)
        #expect(try part("type: tag_count", "").value == 0)
        #expect(try part("type: tag_count, tags: ['<a>', '<b>']", "<a>").value == 0.5)
        #expect(refused("type: tag_count, tags: []") && refused("type: tag_count, tags: [a, a]"))
    }

    @Test("json checks members one by one")
    func json() throws {
        let settings = """
            type: json, members: [{name: a, type: integer, minimum: 1, maximum: 9},
            {name: b.c, type: string, enum: [x, y]}, {name: d, type: boolean, optional: true}]
            """
        func value(_ text: String, _ more: String = "") throws -> Double? {
            try part(settings + more, text).value
        }
        #expect(try value(#"{"a": 3, "b": {"c": "x"}}"#) == 1)
        #expect(
            try value(
                "<think>{}</think>```json\n{\"a\": 3, \"b\": {\"c\": \"y\"}, \"d\": true}\n```")
                == 1)
        #expect(try value(#"<answer>{"a": 3, "b": {"c": "x"}}</answer>"#) == 1)
        for bad in [
            #"{"a": 0, "b": {"c": "x"}}"#, #"{"a": 3.5, "b": {"c": "x"}}"#,
            #"{"a": 3, "b": {"c": "z"}}"#,
            #"{"a": 3}"#, #"{"a": 3, "b": {"c": "x"}, "d": 1}"#, "[1]", "{", "",
        ] { #expect(try value(bad) == 0, "\(bad)") }
        let share = try value(#"{"a": 3}"#, ", pay: share")
        #expect(abs((share ?? 0) - 2.0 / 3) < 1e-12)
        #expect(try value(#"{"a": 3, "b": {"c": "x"}, "z": 1}"#, ", additional: false") == 0)
        #expect(try part("type: json", "{}").value == 1)
        #expect(try part("type: json", String(repeating: "[", count: 100_000)).value == 0)
        #expect(refused("type: json, members: [{type: string}]"))
        #expect(refused("type: json, members: [{name: a, type: thing}]"))
    }

    @Test("reasoning_steps counts markers up to the target")
    func steps() throws {
        let text = "Step 1: a\nStep 2: b\nFinally, c"
        #expect(try part("type: reasoning_steps", text).value == 1)
        #expect(try part("type: reasoning_steps, target: 6", text).value == 0.5)
        #expect(try part("type: reasoning_steps", "").value == 0)
        #expect(try part("type: reasoning_steps, pattern: 'x', target: 4", "x x").value == 0.5)
        #expect(refused("type: reasoning_steps, pattern: '('"))
    }

    @Test("language is the share of letters of the wanted scripts")
    func language() throws {
        #expect(try part("type: language, scripts: [latin]", "hello 你好吗们 12").value == 5.0 / 9)
        #expect(try part("type: language, scripts: [han]", "\\frac{你}{好}").value == 1)
        #expect(
            try part("type: language, scripts: [han], ignore_commands: false", "\\ab你好").value
                == 0.5)
        #expect(try part("type: language, scripts: [latin, han]", "a你").value == 1)
        #expect(try part("type: language, scripts: [latin]", "123 !?").value == 1)
        #expect(try part("type: language, scripts: [cyrillic]", "Привет").value == 1)
        #expect(refused("type: language") && refused("type: language, scripts: [klingon]"))
    }

    @Test("truncation pays its value where the limit cut")
    func truncation() throws {
        #expect(try part("type: truncation", "a", truncated: true).value == -1)
        #expect(try part("type: truncation, value: -0.5", "a", truncated: true).value == -0.5)
        #expect(try part("type: truncation", "a").value == 0)
    }

    @Test("length_target follows both formulas of its paper")
    func lengthTarget() throws {
        let exact = "type: length_target, mode: exact, unit: tokens, target: 100, alpha: 0.01"
        #expect(try part(exact, "a", tokens: 130).value == -0.3)
        #expect(try part(exact, "a", tokens: 100).value == 0)
        let most = "type: length_target, mode: max, unit: tokens, alpha: 0.01, field: budget"
        let fields: [String: JSONValue] = ["budget": .integer(100)]
        #expect(try part(most, "a", tokens: 100, fields: fields).value == 0.5)
        #expect(try part(most, "a", tokens: 20, fields: fields).value == 1)
        #expect(try part(most, "a", tokens: 500, fields: fields).value == 0)
        #expect(try part(most, "a", tokens: 100).status == .abstain)
        #expect(try part(exact, "a").status == .abstain)
        #expect(
            refused("type: length_target, mode: exact, target: 1") && refused("type: length_target")
        )
    }

    @Test("overlong: only verl goes on below −1")
    func overlong() throws {
        for (clamping, value) in [("dapo", -1.0), ("trl", -1), ("openrlhf", -1), ("verl", -2)] {
            let settings =
                "type: overlong, unit: tokens, maximum: 20, cache: 10, clamping: \(clamping)"
            #expect(try part(settings, "a", tokens: 30).value == value)
            #expect(try part(settings, "a", tokens: 15).value == -0.5)
        }
    }

    @Test("repetition scales with its penalty")
    func repetition() throws {
        let text = "a b a b a b"
        let plain = try part("type: repetition, ngram: 2", text).value ?? 0
        #expect(plain == -0.6)
        #expect(try part("type: repetition, ngram: 2, max_penalty: -0.5", text).value == plain / 2)
        #expect(refused("type: repetition, ngram: 2, max_penalty: 0.5"))
    }

    @Test("hostile texts end in a value or a status")
    func hostile() throws {
        let texts = [
            "", "\0", String(repeating: "<think>", count: 20_000),
            String(repeating: "\\boxed{", count: 20_000), String(repeating: "(A", count: 20_000),
            "\u{FFFD}\u{202E}é", String(repeating: "```", count: 10_000), "{\"a\":1e999}",
        ]
        for settings in [
            "type: any_of", "type: choice, lone_letter: true", "type: numeric, absolute: 1",
            "type: capture, pattern: '(a)'", "type: think_format, answer_tag: true",
            "type: tag_count", "type: json", "type: reasoning_steps",
            "type: language, scripts: [latin]", "type: countdown",
        ] {
            for text in texts {
                let found = try part(settings, text, gold: "A")
                #expect(found.status.carriesValue == (found.value != nil), "\(settings)")
            }
        }
    }
}

/// The rewards that weigh lengths by right and wrong.
@Suite struct LengthShapingTests {
    private func values(_ settings: String, _ rows: [(String, Int?)]) throws -> [Double?] {
        let grader = try scorer(
            "name: s\nrewards: [{\(settings), name: part}, {type: math, weight: 0}]\noutcome: math\n"
                + "allow: [wrong_beats_right, ungated_length, form_beats_right]\n")
        return grader.score(
            rows.map { ScoringInput(completion: "\\boxed{\($0.0)}", gold: "7", tokenCount: $0.1) }
        ).map { $0.components[0].value }
    }

    @Test("cosine runs from short to long between its bounds")
    func cosine() throws {
        let settings = "type: cosine, unit: tokens, maximum: 100"
        let found = try values(
            settings,
            [("7", 0), ("7", 50), ("7", 100), ("7", 900), ("8", 0), ("8", 50), ("8", 100)])
        let wanted = [1, 0.75, 0.5, 0.5, -1, -0.75, -0.5]
        for (value, expected) in zip(found, wanted) {
            #expect(abs((value ?? .nan) - expected) < 1e-12, "\(found)")
        }
        #expect(try values(settings + ", exceeding: -2", [("7", 101), ("7", 100)]) == [-2, -2])
        #expect(try values(settings, [("7", nil)]) == [nil])
    }

    @Test("kimi_length spreads a group over ±½ and never rewards a wrong answer")
    func kimi() throws {
        let settings = "type: kimi_length, unit: tokens"
        let rows: [(String, Int?)] = [("7", 10), ("7", 20), ("7", 30), ("8", 10), ("8", 30)]
        #expect(try values(settings, rows) == [0.5, 0, -0.5, 0, -0.5])
        #expect(try values(settings, [("7", 10), ("8", 10)]) == [0, 0])
        #expect(try values(settings, [("7", 10)]) == [0])
        #expect(try values(settings, [("7", 10), ("7", nil)]) == [nil, nil])
    }
}
