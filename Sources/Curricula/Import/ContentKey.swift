public import Rollouts

/// What tells problems apart: the exact text, and the text as it reads without regard to case,
/// spaces and the marks between words.
public struct ContentKey: Sendable, Equatable {
    /// Of prompt and answer as they are written.
    public let content: UInt64
    /// Of the normalised prompt.
    public let prompt: UInt64
    /// Of the normalised answer.
    public let answer: UInt64

    /// The keys of a problem.
    public init(_ problem: Problem) {
        content = Self.content(problem.prompt, problem.answer)
        prompt = stableHash(Self.normalised(problem.prompt))
        answer = stableHash(Self.normalised(problem.answer))
    }

    /// The key of a prompt and an answer as they are written.
    public static func content(_ prompt: String, _ answer: String) -> UInt64 {
        stableHash(prompt + "\u{0}" + answer)
    }

    /// Which side of the wall a share of held-out problems puts this one on.
    ///
    /// The normalised prompt decides, so that problems that read alike stand on one side, whatever
    /// the file and its order; a larger share only moves problems out of training.
    public func split(heldOut share: Double) -> Split {
        var mixer = SplitMix64(seed: prompt)
        return mixer.uniform() < share ? .heldOut : .train
    }

    /// Lower case; marks that only part words are dropped, and so are spaces that part no words.
    ///
    /// Marks that may change what is asked stay: signs of arithmetic, brackets, and points, commas
    /// and colons within a number or name. A store keeps hashes of this text: another rule needs a
    /// migration that computes them again.
    static func normalised(_ text: String) -> String {
        normalisedASCII(Array(text.utf8)) ?? normalisedScalars(text)
    }

    /// The rule on bytes, as most texts are ASCII; nil for the others.
    private static func normalisedASCII(_ bytes: [UInt8]) -> String? {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var wantsSpace = false
        for (index, byte) in bytes.enumerated() {
            let (kind, lower) = table[Int(byte)]
            switch kind {
            case .other: return nil
            case .space, .quote:
                wantsSpace = true
                continue
            case .stop:
                let isInside =
                    index > 0 && index + 1 < bytes.count && table[Int(bytes[index - 1])].0 == .word
                    && table[Int(bytes[index + 1])].0 == .word
                if !isInside {
                    wantsSpace = true
                    continue
                }
            case .word:
                if wantsSpace, let last = out.last, table[Int(last)].0 == .word { out.append(0x20) }
            case .sign: break
            }
            wantsSpace = false
            out.append(lower)
        }
        return String(decoding: out, as: UTF8.self)
    }

    private enum Kind { case word, sign, stop, quote, space, other }

    /// The kind of each byte and its lower case, by the rule on scalars.
    private static let table: [(Kind, UInt8)] = (0..<256).map { value in
        guard value < 0x80 else { return (.other, 0) }
        let lower = (0x41...0x5A).contains(value) ? UInt8(value) | 0x20 : UInt8(value)
        let scalar = Unicode.Scalar(lower)
        if scalar.properties.isWhitespace { return (.space, lower) }
        if quotes.contains(scalar) { return (.quote, lower) }
        if stops.contains(scalar) { return (.stop, lower) }
        return (isWord(scalar) ? .word : .sign, lower)
    }

    /// The rule itself.
    static func normalisedScalars(_ text: String) -> String {
        let scalars = Array(text.lowercased().unicodeScalars)
        var out = String.UnicodeScalarView()
        var wantsSpace = false
        for (index, scalar) in scalars.enumerated() {
            if scalar.properties.isWhitespace {
                wantsSpace = true
                continue
            }
            let isInside =
                index > 0 && index + 1 < scalars.count && isWord(scalars[index - 1])
                && isWord(scalars[index + 1])
            if quotes.contains(scalar) || stops.contains(scalar) && !isInside {
                wantsSpace = true
                continue
            }
            if wantsSpace, let last = out.last, isWord(last), isWord(scalar) { out.append(" ") }
            wantsSpace = false
            out.append(scalar)
        }
        return String(out)
    }

    private static let quotes: Set<Unicode.Scalar> = ["\"", "“", "”", "„", "$", "`"]
    private static let stops: Set<Unicode.Scalar> = [".", ",", ";", ":", "?", "…", "。", "，", "？"]

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (0x30...0x39).contains(scalar.value) || (0x61...0x7A).contains(scalar.value)
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}
