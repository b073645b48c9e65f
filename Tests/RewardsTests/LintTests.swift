import Foundation
import Rollouts
import Testing

@testable import Rewards

@Suite struct LintTests {
    private func paid(_ yaml: String) throws -> Set<Attack> {
        Set(try scorer(yaml).lint().filter { $0.isPaid == true && !$0.isAllowed }.map(\.attack))
    }

    private static let examples = """
        examples:
          - {gold: "42", completion: "So it is \\\\boxed{42}.", expect: {outcome: 1}}
          - {gold: "7", completion: "I do not know.", expect: {outcome: 0}}
        """

    @Test("every shipped spec withstands what it does not allow", arguments: ShippedSpecTests.names)
    func shipped(name: String) throws {
        let path = ShippedSpecTests.folder.appending(path: "\(name).yaml").path(
            percentEncoded: false)
        let findings = try RewardScorer(try RewardSpec.load(path: path)).lint()
        #expect(findings.count == Attack.allCases.count)
        #expect(findings.contains { $0.isPaid == false })
        for finding in findings where finding.isPaid == true && !finding.isAllowed {
            Issue.record("\(finding.attack): \(finding.reason): \(finding.completion.prefix(200))")
        }
    }

    @Test("a reward that searches for gold is caught")
    func contains() throws {
        let yaml = """
            name: s
            rewards: [{type: capture, name: hit, pattern: '(42)'}]
            outcome: hit
            \(Self.examples)
            """
        let found = try paid(yaml)
        #expect(
            found.isSuperset(of: [
                .listOfAnswers, .hedge, .denial, .answerInThinking, .otherAfterThinking,
                .severalBoxes, .contradiction,
            ]), "\(found)")
    }

    @Test("form that pays by itself, and length that pays wrong answers, are caught")
    func formAndLength() throws {
        let form = """
            name: s
            rewards: [{type: math}, {type: tag_count, weight: 0.2}]
            outcome: math
            \(Self.examples)
            """
        #expect(try paid(form).contains(.formOnly))
        let allowed = form.replacingOccurrences(
            of: "outcome: math\n", with: "outcome: math\nallow: [form_only, empty_answer]\n")
        #expect(try !paid(allowed).contains(.formOnly))
        let short = """
            name: s
            rewards: [{type: math}, {type: overlong, unit: words, maximum: 40, cache: 30, weight: 3}]
            outcome: math
            allow: [wrong_beats_right]
            \(Self.examples)
            """
        #expect(try paid(short).contains(.shortAndWrong))
    }

    @Test("boxes of several bounds are no single answer")
    func severalBounds() throws {
        let yaml = """
            name: s
            rewards: [{type: math}]
            outcome: math
            examples:
              - {gold: 'x \\le 3', completion: '\\boxed{x \\le 3}', expect: {outcome: 1}}
            """
        #expect(try paid(yaml).isEmpty)
    }

    @Test("a spec without a right example skips its attacks")
    func noExamples() throws {
        let findings = try scorer("name: s\nrewards: [{type: math}]\noutcome: math\n").lint()
        #expect(findings.allSatisfy { $0.isPaid == nil && !$0.reason.isEmpty })
    }
}
