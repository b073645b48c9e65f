/// Decides whether a completion gives the gold answer.
///
/// Verdicts are deterministic and bounded by a step budget; a verifier is a value and may be used
/// from any number of threads at once.
///
///     let verifier = MathVerifier()
///     let gold = verifier.compile(gold: #"\frac12"#)
///     verifier.check(gold, completion: #"so we get \boxed{0.5}"#).isEqual  // true
public struct MathVerifier: Sendable {
    /// What is accepted.
    public let options: MathOptions

    /// Answers longer than this many bytes are not read.
    static let longestAnswer = 1 << 16

    /// More boxes than this are compared as they are written.
    static let comparedBoxes = 16

    /// A verifier of this policy.
    public init(options: MathOptions = .init()) { self.options = options }

    /// Reads a gold answer once, to check a whole group against it.
    public func compile(gold: String) -> CompiledGold {
        if options.extractsGold, case .found(let found) = extract(from: gold),
            found.rule != .lastNumber || !isBareAnswer(gold)
        {
            // A worked solution with several boxes gives them all.
            let text =
                found.alternatives.isEmpty
                ? found.text : found.alternatives.joined(separator: ", ")
            return CompiledGold(
                source: gold, text: text, extractionRule: found.rule, reading: read(text))
        }
        return CompiledGold(source: gold, text: gold, extractionRule: nil, reading: read(gold))
    }

    /// Checks a completion: the answer is what the extraction rules find in it.
    public func check(_ gold: CompiledGold, completion: String) -> MathVerdict {
        switch extract(from: completion) {
        case .found(let found): decide(gold, found)
        case .missing, .nothing: missing(gold)
        }
    }

    /// Checks a bare answer such as `0.5`; text in which an extraction rule finds an answer is
    /// checked as a completion.
    public func check(_ gold: CompiledGold, answer: String) -> MathVerdict {
        var bytes = Array(answer.utf8)
        VisibleText.blank(&bytes)
        return bytes.withUnsafeBufferPointer { buffer in
            switch AnswerExtractor.extract(from: buffer, rules: options.extraction) {
            case .found(let found) where found.rule != .lastNumber || !isBareAnswer(answer):
                return decide(gold, found)
            case .missing: return missing(gold)
            case .found, .nothing: break
            }
            let range = buffer.trimmed(0..<buffer.count) { $0 == 0 || ASCII.isSpace($0) }
            if range.isEmpty { return missing(gold) }
            // What is blanked inside the range is told as it was written.
            let written =
                range.count == buffer.count
                ? answer
                : String(
                    decoding: answer.utf8.dropFirst(range.lowerBound).prefix(range.count),
                    as: UTF8.self)
            return decide(gold, text: written, range: range, rule: nil, alternatives: [])
        }
    }

    /// Where the answer of a completion stands, or nil where no rule finds one.
    public func extraction(from completion: String) -> Extraction? {
        if case .found(let found) = extract(from: completion) { return found }
        return nil
    }

    /// Whether the whole text is one answer, and no prose that holds one.
    private func isBareAnswer(_ text: String) -> Bool {
        guard text.utf8.count <= 400, let value = read(text).value else { return false }
        return !value.holdsProse
    }

    private func missing(_ gold: CompiledGold) -> MathVerdict {
        MathVerdict(
            kind: .answerMissing, reason: "no_answer", extracted: nil, extractedRange: nil,
            extractionRule: nil, goldReading: gold.reading, answerReading: nil)
    }

    private func decide(_ gold: CompiledGold, _ found: Extraction) -> MathVerdict {
        decide(
            gold, text: found.text, range: found.range, rule: found.rule,
            alternatives: options.severalBoxes == .hedge ? distinct(found.alternatives) : [])
    }

    /// The answers of several boxes, or none where all of them say the same as the last one.
    private func distinct(_ texts: [String]) -> [String] {
        guard let last = texts.last, texts.count <= Self.comparedBoxes else { return texts }
        let wanted = compile(gold: last)
        let others = Set(texts.dropLast()).subtracting([last])
        // A rounded repetition is no second answer: the last form counts alone.
        var rounded = options
        rounded.tolerance = MathOptions.Tolerance(relative: 0.02)
        let differs = others.contains { other in
            let isRounded = last.utf8.contains(ASCII.dot) != other.utf8.contains(ASCII.dot)
            return !Decision.decide(
                gold: wanted.reading, answer: read(other), isHedge: false,
                options: isRounded ? rounded : options
            ).isEqual
        }
        return differs ? texts : []
    }

    private func decide(
        _ gold: CompiledGold, text: String, range: Range<Int>, rule: ExtractionRule?,
        alternatives: [String]
    ) -> MathVerdict {
        let plain = options.tolerance == nil ? text : Self.withoutHedgeWords(text)
        let joined = alternatives.isEmpty ? plain : alternatives.joined(separator: ", ")
        let reading = joined == gold.text ? gold.reading : read(joined)
        let decision = Decision.decide(
            gold: gold.reading, answer: reading, isHedge: !alternatives.isEmpty, options: options)
        return MathVerdict(
            kind: decision.kind, reason: decision.reason, extracted: text, extractedRange: range,
            extractionRule: rule?.rawValue, goldReading: gold.reading, answerReading: reading)
    }

    /// The text without words in front that call a number rounded: "approximately 3.2 m".
    private static func withoutHedgeWords(_ text: String) -> String {
        var rest = text[...]
        if rest.hasPrefix("\\text{"), let close = rest.firstIndex(of: "}") {
            let inner = rest[rest.index(rest.startIndex, offsetBy: 6)..<close]
            if hedgeWords.contains(inner.lowercased().filter(\.isLetter)) {
                rest = rest[rest.index(after: close)...]
            }
        }
        let words = rest.prefix { $0.isLetter || $0 == " " }.lowercased()
        if let word = hedgeWords.first(where: { words.hasPrefix($0 + " ") }) {
            rest = rest.dropFirst(word.count)
        }
        return String(rest)
    }

    private static let hedgeWords = ["approximately", "about", "around", "roughly", "nearly", "ca"]

    func read(_ text: String) -> Reading { Reading(text, stepLimit: options.stepLimit) }

    private func extract(from text: String) -> AnswerExtractor.Outcome {
        var bytes = Array(text.utf8)
        VisibleText.blank(&bytes)
        return bytes.withUnsafeBufferPointer { buffer in
            AnswerExtractor.extract(from: buffer, rules: options.extraction)
        }
    }
}
