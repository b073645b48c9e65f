import Rewards
import Testing

@Suite struct SpecFindingTests {
    private func checks(_ rewards: String, _ rest: String = "") -> [SpecFinding.Check] {
        let yaml = "name: s\nrewards:\n\(rewards)\noutcome: math\n\(rest)"
        do {
            return try RewardSpec.parse(yaml: yaml, file: "s").findings.map(\.check)
        } catch .unsound(_, let check, _, _) {
            return [SpecFinding.Check(rawValue: check)].compactMap { $0 }
        } catch {
            Issue.record("\(error)")
            return []
        }
    }

    @Test("a sound spec has no findings")
    func sound() {
        #expect(checks("  - {type: math}").isEmpty)
        #expect(
            checks(
                """
                  - {type: math}
                  - {type: overlong, unit: tokens, maximum: 10, cache: 5}
                  - {type: format, pattern: x, weight: 0.5, only_if: math}
                """
            ).isEmpty)
    }

    @Test("length that outweighs correctness is refused, unless it is gated or allowed")
    func lengths() {
        let short = "{type: length, unit: words, maximum: 5, weight: 2"
        #expect(checks("  - {type: math}\n  - \(short)}") == [.wrongBeatsRight])
        #expect(checks("  - {type: math}\n  - \(short), only_if: math}").isEmpty)
        #expect(
            checks("  - {type: math}\n  - \(short)}", "allow: [wrong_beats_right]\n")
                == [.ungatedLength])
        let overlong = "{type: overlong, unit: words, maximum: 5, cache: 2, weight: 2}"
        #expect(checks("  - {type: math}\n  - \(overlong)") == [.wrongBeatsRight])
        #expect(
            checks("  - {type: math}\n  - {type: length, unit: words, maximum: 5, weight: 0.1}")
                == [.ungatedLength])
    }

    @Test("form that outweighs correctness is told")
    func form() {
        #expect(
            checks("  - {type: math}\n  - {type: format, pattern: x, weight: 3}")
                == [.formBeatsRight])
        #expect(
            checks("  - {type: math}\n  - {type: format, pattern: x, weight: 3, only_if: math}")
                .isEmpty)
    }

    @Test("a formula is judged by its own ranges")
    func formulas() {
        let parts = "  - {type: math}\n  - {type: length, unit: words, maximum: 5}"
        #expect(checks(parts, "combine: formula\ntotal: 'math * (1 + 5 * length)'\n").isEmpty)
        #expect(
            checks(parts, "combine: formula\ntotal: 'math + 5 * length'\n") == [.wrongBeatsRight])
    }

    @Test("units, bounds, weights and double punishment are told")
    func rest() {
        let words = "  - {type: length, unit: words, maximum: 5, only_if: math}"
        let tokens = "  - {type: overlong, unit: tokens, maximum: 5, cache: 2}"
        #expect(checks("  - {type: math}\n\(words)\n\(tokens)") == [.mixedUnits])
        #expect(
            checks(
                "  - {type: math}\n"
                    + "  - {type: overlong, unit: tokens, maximum: 5, cache: 2, clamping: verl}")
                == [.unboundedRange])
        #expect(
            checks("  - {type: math}\n  - {type: exact, weight: -1}").contains(.cancellingWeights))
        #expect(checks("  - {type: math, weight: -1}").contains(.cancellingWeights))
    }

    @Test("a total or an outcome that does not tell right from wrong is told")
    func neverPays() {
        let turned =
            "name: s\nrewards: [{type: math}]\noutcome: math\ncombine: formula\ntotal: 1 - math\n"
        let clipped = "name: s\nrewards: [{type: math}]\noutcome: math\nclip: [5, 6]\n"
        for yaml in [turned, clipped] {
            guard case .unsound(_, "never_pays_right", _, _)? = specError(yaml) else {
                Issue.record("\(yaml)")
                continue
            }
            #expect(specError(yaml + "allow: [never_pays_right]\n") == nil)
        }
        #expect(checks("  - {type: math, offset: 1}") == [.neverPaysRight])
        #expect(checks("  - {name: math, type: repetition, ngram: 3}") == [.neverPaysRight])
    }

    @Test("a length is a length behind a formula too, and by its weight under GDPO")
    func hiddenLengths() {
        let hidden = """
              - {type: math}
              - {name: l, type: length, unit: tokens, maximum: 5, weight: 0}
              - {name: f, type: formula, formula: '3 * l'}
            """
        #expect(checks(hidden).contains(.wrongBeatsRight))
        let heavy = "  - {type: math}\n  - {type: length, unit: tokens, maximum: 5, weight: 5}"
        #expect(checks(heavy, "normalize: gdpo\n") == [.wrongBeatsRight])
    }

    @Test("an unknown name under allow is refused")
    func allow() {
        #expect(specError("name: s\nrewards: [{type: math}]\noutcome: math\nallow: [x]\n") != nil)
    }
}
