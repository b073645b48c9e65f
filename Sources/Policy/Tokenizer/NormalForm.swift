import Foundation

/// Unicode's normal forms by the tables of Unicode 9, which are those of `tokenizers`: scalars that
/// came later stay as they are, and nothing is ordered or composed across them.
///
/// Foundation decomposes single scalars and composes pairs; ordering and the walk are done here, as
/// Foundation does not order what compatibility decomposes and cuts scalars beyond U+FFFF short when
/// it composes.
struct NormalForm {
    private let isCompatible: Bool
    private let composes: Bool
    private var decompositions: [Unicode.Scalar: [Unicode.Scalar]] = [:]
    private var compositions: [UInt64: Unicode.Scalar?] = [:]

    /// Pairs that compose and that Foundation does not compose: one of Kannada, and those beyond U+FFFF.
    private static let otherPairs: [UInt64: UInt32] = [
        0xCCA_0000_0CD5: 0xCCB, 0x11099_000110BA: 0x1109A, 0x1109B_000110BA: 0x1109C,
        0x110A5_000110BA: 0x110AB,
        0x11131_00011127: 0x1112E, 0x11132_00011127: 0x1112F, 0x11347_0001133E: 0x1134B,
        0x11347_00011357: 0x1134C, 0x114B9_000114BA: 0x114BB, 0x114B9_000114B0: 0x114BC,
        0x114B9_000114BD: 0x114BE, 0x115B8_000115AF: 0x115BA, 0x115B9_000115AF: 0x115BB,
    ]

    /// A form of these properties: NFD has neither, NFKC both.
    init(isCompatible: Bool, composes: Bool) {
        self.isCompatible = isCompatible
        self.composes = composes
    }

    /// `text` in this form.
    mutating func apply(_ text: String) -> String {
        let limit: UInt8 = composes && !isCompatible ? 0xCC : 0x80
        if text.utf8.allSatisfy({ $0 < limit }) { return text }
        var result = String.UnicodeScalarView()
        var run: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if Self.isLater(scalar) {
                finish(&run, into: &result)
                result.append(scalar)
            } else if isSafe(scalar) {
                finish(&run, into: &result)
                run.append(scalar)
            } else {
                append(scalar, to: &run)
            }
        }
        finish(&run, into: &result)
        return String(result)
    }

    /// Whether a scalar stays as it is and is never the second of a pair.
    private func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x80, 0x3400...0x9FD5: true
        case 0x80..<0x300, 0xAC00...0xD7A3: composes && !isCompatible
        default: false
        }
    }

    private static func isLater(_ scalar: Unicode.Scalar) -> Bool {
        // What is older than Unicode 9 in the planes of common text needs no look at the tables.
        if scalar.value < 0x370 || 0x3400...0x9FD5 ~= scalar.value { return false }
        return scalar.properties.age.map { $0.major > 9 } ?? true
    }

    private mutating func append(_ scalar: Unicode.Scalar, to run: inout [Unicode.Scalar]) {
        if let known = decompositions[scalar] {
            run += known
            return
        }
        let text = String(scalar)
        let parts = Array(
            (isCompatible
                ? text.decomposedStringWithCompatibilityMapping
                : text.decomposedStringWithCanonicalMapping).unicodeScalars)
        decompositions[scalar] = parts
        run += parts
    }

    /// Orders and composes a run of decomposed scalars.
    private mutating func finish(
        _ run: inout [Unicode.Scalar], into result: inout String.UnicodeScalarView
    ) {
        if run.count > 1 || run.first.map({ !isSafe($0) }) ?? false {
            // A scalar that only composing leaves alone may begin a run that goes on.
            if composes, !isCompatible, let first = run.first, isSafe(first) {
                var parts: [Unicode.Scalar] = []
                append(first, to: &parts)
                run.replaceSubrange(0..<1, with: parts)
            }
            order(&run)
            if composes { compose(&run) }
        }
        result.append(contentsOf: run)
        run.removeAll(keepingCapacity: true)
    }

    private static func rank(_ scalar: Unicode.Scalar) -> UInt8 {
        scalar.value < 0x300 ? 0 : scalar.properties.canonicalCombiningClass.rawValue
    }

    /// Sorts each stretch of marks by its class, keeping the order of equals.
    private func order(_ run: inout [Unicode.Scalar]) {
        var start = 0
        while start < run.count {
            guard Self.rank(run[start]) > 0 else {
                start += 1
                continue
            }
            var end = start
            while end < run.count, Self.rank(run[end]) > 0 { end += 1 }
            if end - start > 1 {
                let marks = run[start..<end].enumerated().map { ($1, Self.rank($1), $0) }
                let sorted = marks.sorted { ($0.1, $0.2) < ($1.1, $1.2) }
                run.replaceSubrange(start..<end, with: sorted.map(\.0))
            }
            start = end
        }
    }

    private mutating func compose(_ run: inout [Unicode.Scalar]) {
        var out: [Unicode.Scalar] = []
        var starter = -1
        /// The class of the scalar last kept after the starter.
        var last: UInt8 = 0
        for scalar in run {
            let rank = Self.rank(scalar)
            let isNext = starter == out.count - 1
            if starter >= 0, isNext || last < rank,
                let whole = composition(out[starter], scalar, rank)
            {
                out[starter] = whole
                continue
            }
            out.append(scalar)
            if rank == 0 { starter = out.count - 1 }
            last = rank
        }
        run = out
    }

    private mutating func composition(
        _ first: Unicode.Scalar, _ second: Unicode.Scalar, _ rank: UInt8
    ) -> Unicode.Scalar? {
        let key = UInt64(first.value) << 32 | UInt64(second.value)
        if let known = Self.otherPairs[key] { return Unicode.Scalar(known) }
        guard first.value <= 0xFFFF, second.value <= 0xFFFF else { return nil }
        if 0xAC00...0xD7A3 ~= first.value, 0x11A8...0x11C2 ~= second.value {
            // A syllable without a final consonant takes one.
            guard (first.value - 0xAC00) % 28 == 0 else { return nil }
            return Unicode.Scalar(first.value + second.value - 0x11A7)
        }
        let isVowel = 0x1161...0x1175 ~= second.value
        let category = second.properties.generalCategory
        guard isVowel || category == .nonspacingMark || category == .spacingMark else {
            return nil
        }
        if let known = compositions[key] { return known }
        var pair = String.UnicodeScalarView()
        pair.append(first)
        pair.append(second)
        let form = Array(String(pair).precomposedStringWithCanonicalMapping.unicodeScalars)
        let whole = form.count == 1 ? form[0] : nil
        compositions[key] = .some(whole)
        return whole
    }
}
