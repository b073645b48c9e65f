import Foundation
import Rewards
import Rollouts
import Testing

// The reward of the tutorial in docs/rewards.md, as printed there.
// tutorial: begin
/// The share of quotations in the completion that stand word for word in the prompt.
///
/// A quotation is what stands between “ and ”. Without one the completion is not judged: status
/// `abstain`, no value.
struct QuotationReward: RewardFunction {
    /// `quotation`.
    static let type = "quotation"
    private let shortest: Int

    /// Values lie within 0…1 and look at form alone: a faithful quotation may serve a wrong answer.
    var traits: RewardTraits { RewardTraits(range: 0...1, basis: .form) }

    /// Reads `shortest`: quotations of fewer characters are passed over (8).
    init(_ settings: inout SpecReader) throws(RewardError) {
        shortest = try settings.int("shortest", in: 1...1000, default: 8)
    }

    /// Looks each quotation up in the prompt.
    func score(_ input: ScoringInput) -> RewardResult {
        guard let prompt = input.prompt else {
            return .unscored(.abstain, "the row has no prompt")
        }
        let quotations = input.completion.split(separator: "“").dropFirst()
            .compactMap { $0.split(separator: "”").first }
            .filter { $0.count >= shortest }
        guard !quotations.isEmpty else { return .unscored(.abstain, "nothing is quoted") }
        let faithful = quotations.filter { prompt.contains($0) }
        return RewardResult(
            value: Double(faithful.count) / Double(quotations.count),
            reason: "\(faithful.count) of \(quotations.count) quotations stand in the prompt")
    }
}
// tutorial: end

@Suite struct TutorialTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/rewards.md")

    /// The fenced block of the page that holds `mark`.
    private func block(holding mark: String) throws -> String {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let blocks = text.components(separatedBy: "```")
        return try #require(blocks.first { $0.contains(mark) })
    }

    @Test("the tutorial prints the code that is compiled here")
    func printed() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let code = source.components(separatedBy: "// tutorial: begin\n")[1]
            .components(separatedBy: "// tutorial: end\n")[0]
        #expect(try block(holding: "struct QuotationReward") == "swift\n" + code)
    }

    @Test("the tutorial's spec holds, pays and refuses")
    func spec() throws {
        let yaml = try block(holding: "type: quotation").dropFirst("yaml\n".count)
        let spec = try RewardSpec.parse(
            yaml: String(yaml), file: "quotation.yaml",
            rewards: RewardSpec.builtIn + [QuotationReward.self])
        let outcomes = try RewardScorer(spec).runExamples()
        #expect(outcomes.count == 3)
        for outcome in outcomes { #expect(outcome.mismatches.isEmpty, "\(outcome.mismatches)") }
    }

    @Test("quoting more of the prompt never lowers the value")
    func law() throws {
        let words = (0..<40).map { "word\($0 * $0 % 17)" }
        let prompt = words.joined(separator: " ")
        let yaml = "name: s\nrewards: [{type: quotation, shortest: 1}]\noutcome: quotation\n"
        let spec = try RewardSpec.parse(
            yaml: yaml, file: "s", rewards: RewardSpec.builtIn + [QuotationReward.self])
        let scorer = try RewardScorer(spec)
        var text = "“not there”"
        var last = 0.0
        for start in 0..<20 {
            text += " “\(words[start...start + 3].joined(separator: " "))”"
            let input = ScoringInput(prompt: prompt, completion: text)
            let value = try #require(scorer.score([input])[0].outcome)
            #expect(value >= last)
            last = value
        }
    }
}
