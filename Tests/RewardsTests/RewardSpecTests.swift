import Foundation
import Rollouts
import Testing

@testable import Rewards

@Suite struct RewardSpecTests {
    static let good = """
        name: s
        rewards:
          - type: math
            weight: 1
        outcome: math
        """

    @Test func readsAMinimalSpec() throws {
        let spec = try RewardSpec.parse(yaml: Self.good, file: "s.yaml")
        #expect(spec.name == "s" && spec.verifier == "s@1")
        #expect(spec.components.map(\.name) == ["math"])
        #expect(spec.outcome == "math" && spec.onUnscored == .mask)
    }

    /// Each bad spec with the place of its fault and a word of the message.
    static let bad: [(yaml: String, line: Int, column: Int, says: String)] = [
        (
            "name: s\nrewards:\n  - type: math\noutcome: math\nwieght: 1\n", 5, 1,
            "unknown key 'wieght'"
        ),
        ("name: s\nrewards:\n  - type: math\n    wieght: 1\noutcome: math\n", 4, 5, "unknown key"),
        (
            "name: s\nrewards:\n  - type: math\n    weight: heavy\noutcome: math\n", 4, 13,
            "a number"
        ),
        ("name: s\nrewards:\n  - type: math\n    weight: .nan\noutcome: math\n", 4, 13, "finite"),
        ("name: s\nrewards:\n  - type: math\n    weight: -.inf\noutcome: math\n", 4, 13, "finite"),
        ("name: s\nrewards:\n  - type: math\n", 1, 1, "needs 'outcome'"),
        ("rewards:\n  - type: math\noutcome: math\n", 1, 1, "needs 'name'"),
        ("name: s\noutcome: math\n", 1, 1, "needs 'rewards'"),
        ("name: s\nrewards: math\noutcome: math\n", 2, 10, "must be a list"),
        ("name: s\nrewards: []\noutcome: math\n", 1, 1, "needs 'rewards'"),
        ("name: s\nrewards:\n  - type: maths\noutcome: math\n", 3, 11, "no reward type"),
        ("name: s\nrewards:\n  - type: math\n  - type: math\noutcome: math\n", 4, 5, "two rewards"),
        ("name: s\nrewards:\n  - type: math\noutcome: right\n", 4, 10, "names 'right'"),
        (
            "name: s\nrewards:\n  - type: math\n    only_if: form\noutcome: math\n", 4, 14,
            "names 'form'"
        ),
        (
            "name: s\nrewards:\n  - type: format\n    pattern: 'ab(c'\noutcome: format\n", 4, 14,
            "at byte 4"
        ),
        (
            "name: s\nrewards:\n  - type: overlong\n    maximum: 9\n    cache: 3\noutcome: overlong\n",
            3, 5, "needs 'unit'"
        ),
        (
            "name: s\nrewards:\n  - {type: overlong, unit: bytes, maximum: 9, cache: 3}\noutcome: overlong\n",
            3, 28, "one of tokens, characters, words"
        ),
        (
            "name: s\nrewards:\n  - {type: overlong, unit: tokens, maximum: 9, cache: 10}\noutcome: overlong\n",
            3, 55, "outside of 1…9"
        ),
        ("name: s\nname: t\nrewards:\n  - type: math\noutcome: math\n", 1, 1, "twice"),
        ("name: s\nrewards: [\n", 3, 1, "not a spec"),
        ("name: s\nrewards:\n  - {type: math, name: reward}\noutcome: reward\n", 3, 24, "meaning"),
        ("- 1\n", 1, 1, "a mapping"),
        ("", 1, 1, "empty"),
        (
            good + "\nexamples:\n  - completion: x\n    expect: {maths: 1}\n", 8, 14,
            "unknown key 'maths'"
        ),
        (good + "\nexamples:\n  - completion: x\n    expect: {}\n", 8, 13, "expects nothing"),
        (good + "\nexamples:\n  - completion: x\n", 7, 5, "needs 'expect'"),
        (
            good + "\nexamples:\n  - completion: x\n    expect: {status: good}\n", 8, 22,
            "one of scored"
        ),
    ]

    @Test(arguments: bad.indices)
    func everyMistakeHasAPlaceAndARemedy(index: Int) throws {
        let item = Self.bad[index]
        let error = try #require(specError(item.yaml), "this spec was accepted: \(item.yaml)")
        #expect("\(error)".hasPrefix("s.yaml:\(item.line):\(item.column):"), "\(error)")
        #expect("\(error)".contains(item.says), "\(error)")
        #expect(!error.remedy.isEmpty)
    }

    @Test func aNearMissIsNamed() {
        let error = specError("name: s\nrewards:\n  - {type: math, wieght: 2}\noutcome: math\n")
        #expect(error?.remedy.contains("Did you mean 'weight'?") == true)
    }

    @Test func theHashIgnoresWhatCannotChangeAScore() throws {
        let base = try RewardSpec.parse(yaml: Self.good, file: "a").configHash
        let same = """
            # a comment
            outcome: math
            description: more words
            combine: weighted_sum
            rewards: [{name: math, type: math, extract_gold: false}]
            name: s
            examples: [{completion: x, expect: {reward: 0}}]
            """
        #expect(try RewardSpec.parse(yaml: same, file: "b").configHash == base)
        let heavier = Self.good.replacingOccurrences(of: "weight: 1", with: "weight: 2")
        #expect(try RewardSpec.parse(yaml: heavier, file: "c").configHash != base)
        #expect(base.count == 64)
    }

    @Test func deepNestingIsRefused() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(specError("name: \(deep)") != nil)
    }

    @Test func aliasesOfAliasesAreRefusedAtOnce() {
        var yaml = "a0: &a0 {x: 1, y: 2}\n"
        for level in 1..<26 {
            yaml += "a\(level): &a\(level) {? *a\(level - 1) : 1, y: *a\(level - 1)}\n"
        }
        #expect(specError(yaml).map { "\($0)".contains("anchors") } == true)
    }

    @Test func hashesDoNotDependOnHowTextIsCut() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for size in [1, 3, 63, 64, 65, 128, 999] {
            var hash = SHA256()
            for start in stride(from: 0, to: bytes.count, by: size) {
                hash.update(Array(bytes[start..<min(start + size, bytes.count)]))
                hash.update([])
            }
            #expect(hash.hex == SHA256.hex(of: bytes), "\(size)")
        }
    }

    @Test func hashesAreTheStandardOnes() {
        #expect(
            SHA256.hex(of: "abc")
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hex(of: "")
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            SHA256.hex(of: String(repeating: "a", count: 1000))
                == "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3")
    }
}

@Suite struct ShippedSpecTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "verifiers")

    /// Every spec in the folder; those that need a sandbox only where there is one.
    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(
            atPath: folder.path(percentEncoded: false))
        return (files ?? []).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
            .filter { $0 != "python-tests" || Sandbox.obstacle == nil }.sorted()
    }()

    @Test(arguments: names)
    func everyExampleHolds(name: String) throws {
        let path = Self.folder.appending(path: "\(name).yaml").path(percentEncoded: false)
        let scorer = try RewardScorer(try RewardSpec.load(path: path))
        let outcomes = scorer.runExamples()
        #expect(outcomes.count >= 2)
        for outcome in outcomes {
            #expect(outcome.mismatches.isEmpty, "\(outcome.example.place)")
        }
        let paid = outcomes.map { $0.score.outcome ?? 0 }
        #expect(paid.contains(1) && paid.contains(0), "a spec shows what it pays and refuses")
    }

    @Test func theSpecsOfTheReadmeAreThere() {
        #expect(Set(Self.names).isSuperset(of: ["arithmetic", "countdown", "gsm8k", "math"]))
    }

    @Test func aWrongExpectationIsReported() throws {
        let scorer = try scorer(
            RewardSpecTests.good
                + "\nexamples:\n  - {gold: '4', completion: '#### 5', expect: {math: 1, reward: null}}\n"
        )
        let mismatches = scorer.runExamples()[0].mismatches
        #expect(mismatches.map(\.what) == ["math", "reward"])
        #expect(mismatches.map(\.expected) == ["1.0", "null"])
        #expect(mismatches.map(\.found) == ["0.0", "0.0"])
    }
}
