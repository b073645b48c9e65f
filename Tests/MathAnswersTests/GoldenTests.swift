import Foundation
import MathAnswers
import Testing

/// One line of `Golden/pairs.jsonl`, written by hand from the policy in `docs/answers.md`, or of
/// `Golden/random_pairs.jsonl`: `Benchmarks/answers/generate_pairs.py --seed 11 --count 800` with
/// SymPy 1.14 as the judge.
struct GoldenPair: Decodable, Sendable {
    let category: String
    let gold: String
    let answer: String
    let equal: Bool

    enum CodingKeys: String, CodingKey {
        case category, gold, answer, equal, expected
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        category = try fields.decode(String.self, forKey: .category)
        gold = try fields.decode(String.self, forKey: .gold)
        answer = try fields.decode(String.self, forKey: .answer)
        equal =
            try fields.decodeIfPresent(Bool.self, forKey: .equal)
            ?? fields.decode(Bool.self, forKey: .expected)
    }

    static func load(_ name: String = "pairs") throws -> [GoldenPair] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let file = folder.appendingPathComponent("Golden/\(name).jsonl")
        return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(GoldenPair.self, from: $0)
        }
    }
}

@Suite struct GoldenTests {
    let verifier = MathVerifier()

    @Test("every pair has the verdict that the policy gives it")
    func pairs() throws {
        let pairs = try GoldenPair.load()
        #expect(pairs.count > 550)
        for pair in pairs {
            let verdict = verifier.check(verifier.compile(gold: pair.gold), answer: pair.answer)
            #expect(
                verdict.isEqual == pair.equal,
                "\(pair.category): \(pair.gold) | \(pair.answer): \(verdict.reason)")
        }
    }

    @Test("random pairs have the verdict that SymPy gives them, from either side")
    func randomPairs() throws {
        let directed: Set = ["decimal", "units", "extraction", "rational", "repeating"]
        for pair in try GoldenPair.load("random_pairs") {
            let there = verifier.check(verifier.compile(gold: pair.gold), answer: pair.answer)
            #expect(there.isEqual == pair.equal, "\(pair.gold) | \(pair.answer): \(there.reason)")
            guard !directed.contains(pair.category), verifier.extraction(from: pair.answer) == nil
            else { continue }
            let back = verifier.check(verifier.compile(gold: pair.answer), answer: pair.gold)
            #expect(back.isEqual == there.isEqual, "\(pair.answer) | \(pair.gold): \(back.reason)")
        }
    }

    @Test("every gold answer is usable and verifies itself, in a box and in a sentence")
    func selfVerification() throws {
        for text in Set(try GoldenPair.load().map(\.gold)) {
            let gold = verifier.compile(gold: text)
            #expect(gold.isUsable, "\(text): \(gold.fault ?? "")")
            for answer in [text, "\\boxed{\(text)}", "Thus $\\boxed{ \(text) }$."] {
                #expect(verifier.check(gold, answer: answer).isEqual, "\(answer)")
            }
        }
    }

    @Test("equality of exact answers is symmetric")
    func symmetry() throws {
        // A decimal or a hundredfold is accepted as an answer only; completions are no gold.
        let directed: Set = ["decimal", "percent", "extract", "notation", "caution", "escape"]
        for pair in try GoldenPair.load() where !directed.contains(pair.category) {
            let there = verifier.check(verifier.compile(gold: pair.gold), answer: pair.answer)
            guard verifier.extraction(from: pair.answer) == nil, !pair.answer.isEmpty else {
                continue
            }
            let back = verifier.check(verifier.compile(gold: pair.answer), answer: pair.gold)
            #expect(there.isEqual == back.isEqual, "\(pair.gold) | \(pair.answer)")
        }
    }

    @Test("formatting around an answer changes no verdict")
    func formatting() throws {
        let dressings: [(String) -> String] = [
            { " \($0)\n" }, { "$\($0)$" }, { "\\[\($0)\\]" }, { "\\displaystyle \($0)" },
            { "\\boxed{\($0)}" }, { "<think>\\boxed{1}</think>\\boxed{\($0)}" },
        ]
        for pair in try GoldenPair.load() where pair.category != "extract" {
            let gold = verifier.compile(gold: pair.gold)
            guard verifier.extraction(from: pair.answer) == nil, !pair.answer.isEmpty else {
                continue
            }
            for dress in dressings {
                let verdict = verifier.check(gold, answer: dress(pair.answer))
                #expect(verdict.isEqual == pair.equal, "\(pair.gold) | \(dress(pair.answer))")
            }
        }
    }
}
