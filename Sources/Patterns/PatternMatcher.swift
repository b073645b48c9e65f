import CPCRE2

/// Matches one pattern against many subjects with memory that is reused: one for each thread.
public struct PatternMatcher: ~Copyable {
    /// What is matched.
    public let pattern: Pattern
    private let data: OpaquePointer?
    private let context: OpaquePointer?
    /// Made once a text needs more than the 32 KiB that the machine code has on its own.
    private var stack: OpaquePointer?

    /// A matcher with memory of its own.
    public init(_ pattern: Pattern) {
        self.pattern = pattern
        data = pcre2_match_data_create_from_pattern_8(pattern.code.pointer, nil)
        context = pcre2_match_context_create_8(nil)
        if let context {
            pcre2_set_match_limit_8(context, pattern.limits.match)
            pcre2_set_depth_limit_8(context, pattern.limits.depth)
            pcre2_set_heap_limit_8(context, pattern.limits.heapKiB)
        }
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_match_context_free_8(context)
        pcre2_jit_stack_free_8(stack)
    }

    /// The first match in `text`, or nil.
    public mutating func firstMatch(in text: String) throws(PatternError) -> Match? {
        var text = text
        var result: Result<Match?, PatternError> = .success(nil)
        text.withUTF8 { bytes in
            do throws(PatternError) {
                result = .success(try firstMatch(in: bytes, from: 0))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// The first match in `bytes` that starts at `start` or later, or nil.
    public mutating func firstMatch(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) throws(PatternError) -> Match? {
        try search(bytes, from: start, options: 0)
    }

    /// Calls `body` with every match in `text`, left to right.
    public mutating func forEachMatch(
        in text: String, _ body: (Match) -> Void
    ) throws(PatternError) {
        var text = text
        var failure: PatternError?
        text.withUTF8 { bytes in
            do throws(PatternError) {
                try forEachMatch(in: bytes, body)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Calls `body` with every match in `bytes`, left to right; none overlap.
    public mutating func forEachMatch(
        in bytes: UnsafeBufferPointer<UInt8>, _ body: (Match) -> Void
    ) throws(PatternError) {
        var position = 0
        var retryNonEmpty = false
        while position <= bytes.count {
            let options =
                retryNonEmpty
                ? UInt32(PCRE2_NOTEMPTY_ATSTART) | UInt32(PCRE2_ANCHORED) : 0
            if let match = try search(bytes, from: position, options: options) {
                body(match)
                // `\K` in a lookahead can report an end before the start; never step back.
                let end = max(match.range.upperBound, position)
                retryNonEmpty = match.range.isEmpty || end == position
                position = end
            } else if retryNonEmpty {
                // After an empty match: step over one character.
                position += 1
                while pattern.options.contains(.utf), position < bytes.count,
                    bytes[position] & 0xC0 == 0x80
                {
                    position += 1
                }
                retryNonEmpty = false
            } else {
                return
            }
        }
    }

    private mutating func search(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, options: UInt32
    ) throws(PatternError) -> Match? {
        guard let data, context != nil else {
            throw .resourceLimit(source: pattern.source, limit: "memory")
        }
        guard start >= 0, start <= bytes.count else { return nil }
        var code = match(bytes, from: start, options: options)
        if code == PCRE2_ERROR_JIT_STACKLIMIT, stack == nil {
            stack = pcre2_jit_stack_create_8(1 << 15, 64 << 20, nil)
            pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
            code = match(bytes, from: start, options: options)
        }
        if code == PCRE2_ERROR_JIT_STACKLIMIT { throw limit("stack") }
        switch code {
        case PCRE2_ERROR_NOMATCH: return nil
        case PCRE2_ERROR_MATCHLIMIT: throw limit("match")
        case PCRE2_ERROR_DEPTHLIMIT: throw limit("depth")
        case PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_NOMEMORY: throw limit("heap")
        case ..<0:
            throw .engine(source: pattern.source, message: CompiledCode.message(for: code))
        default: return ranges(in: data, length: bytes.count)
        }
    }

    private func match(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, options: UInt32
    ) -> Int32 {
        var empty: UInt8 = 0
        return withUnsafePointer(to: &empty) { nothing in
            pcre2_match_8(
                pattern.code.pointer, bytes.baseAddress ?? nothing, bytes.count, start, options,
                data, context)
        }
    }

    private func limit(_ name: String) -> PatternError {
        .resourceLimit(source: pattern.source, limit: name)
    }

    private func ranges(in data: OpaquePointer, length: Int) -> Match {
        let count = Int(pcre2_get_ovector_count_8(data))
        guard let vector = pcre2_get_ovector_pointer_8(data) else { return Match(ranges: []) }
        return Match(
            ranges: (0..<count).map { group in
                let start = vector[2 * group]
                let end = vector[2 * group + 1]
                // An unset group holds the largest size, imported as -1.
                guard start >= 0, end >= 0, start <= length, end <= length else { return nil }
                return min(start, end)..<end
            })
    }
}
