import Patterns

/// Finds the matches of one pattern with memory of its own.
final class PatternFinder {
    private var matcher: PatternMatcher

    init(_ pattern: Pattern) { matcher = PatternMatcher(pattern) }

    /// The parts of `bytes` at and between the matches, in order.
    ///
    /// An empty match right after another match is passed over, as Oniguruma's iteration does.
    func forEachPiece(
        in bytes: UnsafeBufferPointer<UInt8>,
        _ body: (Range<Int>, Bool) throws(PolicyError) -> Void
    ) throws(PolicyError) {
        var position = 0
        var done = 0
        var lastEnd = -1
        while position <= bytes.count, let match = try next(in: bytes, from: position) {
            if match.isEmpty, match.upperBound == lastEnd {
                position += 1
                while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
                continue
            }
            if done < match.lowerBound { try body(done..<match.lowerBound, false) }
            try body(match, true)
            done = match.upperBound
            position = done
            lastEnd = done
        }
        if done < bytes.count { try body(done..<bytes.count, false) }
    }

    private func next(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) throws(PolicyError) -> Range<Int>? {
        do throws(PatternError) {
            return try matcher.firstMatch(in: bytes, from: start)?.range
        } catch {
            throw .textLimit(reason: "\(error)")
        }
    }
}
