extension MathVerifier {
    /// How the verdict on a completion or bare answer came about, in lines of text: where the
    /// answer was found, both trees, both normal forms, the rule that decided, and the first
    /// difference.
    public func explain(_ gold: CompiledGold, answer: String) -> [String] {
        let verdict = check(gold, answer: answer)
        var lines: [String] = []
        if let range = verdict.extractedRange, let text = verdict.extracted {
            let rule = verdict.extractionRule ?? "whole text"
            lines.append(
                "found: bytes \(range.lowerBound)..<\(range.upperBound) by \(rule): \(text)")
        } else {
            lines.append("found: nothing")
        }
        lines.append("gold: \(gold.text)")
        lines += tree(of: gold.reading)
        if let text = verdict.extracted {
            lines.append("answer: \(text)")
            lines += tree(of: read(text))
        }
        lines.append("gold normal form: \(verdict.gold)")
        lines.append("answer normal form: \(verdict.answer ?? "none")")
        lines.append("verdict: \(verdict.kind.rawValue) by \(verdict.reason)")
        if verdict.kind != .equal, let answer = verdict.answer,
            let difference = difference(gold, verdict) ?? Self.firstDifference(verdict.gold, answer)
        {
            lines.append("first difference: " + difference)
        }
        return lines
    }

    /// Where gold and answer part as mathematics; nil where that is not known.
    private func difference(_ gold: CompiledGold, _ verdict: MathVerdict) -> String? {
        guard let reading = verdict.answerReading else { return nil }
        return Decision.decide(
            gold: gold.reading, answer: reading, isHedge: verdict.reason == "hedge",
            options: options, explains: true
        ).difference
    }

    private func tree(of reading: Reading) -> [String] {
        if let expression = reading.expression {
            let source = Array(reading.source.utf8)
            let outline = expression.outline(source, indent: 1)
            if let refusal = reading.refusal { return outline + ["  no value: \(refusal)"] }
            return outline
        }
        return ["  not understood: \(reading.refusal.map(\.description) ?? "nothing to read")"]
    }

    /// Where two normal forms part, counted in characters.
    private static func firstDifference(_ gold: String, _ answer: String) -> String? {
        let a = Array(gold)
        let b = Array(answer)
        guard
            let index = (0..<max(a.count, b.count)).first(where: { index in
                index >= a.count || index >= b.count || a[index] != b[index]
            })
        else { return nil }
        let left = String(a[min(index, a.count)...].prefix(24))
        let right = String(b[min(index, b.count)...].prefix(24))
        return "at character \(index): '\(left)' against '\(right)'"
    }
}
