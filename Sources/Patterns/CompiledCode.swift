import CPCRE2

/// Owns PCRE2's compiled pattern.
///
/// Unchecked: PCRE2 documents that compiled code is only read while matching, so threads may
/// share it.
final class CompiledCode: @unchecked Sendable {
    let pointer: OpaquePointer
    let usesJIT: Bool
    let groupCount: Int

    init(_ source: String, options: Pattern.Options) throws(PatternError) {
        var bits: UInt32 = 0
        if options.contains(.caseInsensitive) { bits |= UInt32(PCRE2_CASELESS) }
        if options.contains(.dotAll) { bits |= UInt32(PCRE2_DOTALL) }
        if options.contains(.multiline) { bits |= UInt32(PCRE2_MULTILINE) }
        if options.contains(.utf) {
            // Invalid UTF-8 then simply matches nothing, instead of being refused or undefined.
            bits |= UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_MATCH_INVALID_UTF)
        }
        if options.contains(.wholeText) {
            bits |= UInt32(PCRE2_ANCHORED) | UInt32(PCRE2_ENDANCHORED)
        }
        bits |= UInt32(PCRE2_NEVER_BACKSLASH_C)
        var code: Int32 = 0
        var offset = 0
        let bytes = Array(source.utf8)
        let compiled = bytes.withUnsafeBufferPointer { buffer in
            pcre2_compile_8(buffer.baseAddress, buffer.count, bits, &code, &offset, nil)
        }
        guard let compiled else {
            throw .syntax(
                source: source, offset: offset, message: CompiledCode.message(for: code))
        }
        pointer = compiled
        usesJIT = pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE)) == 0
        var count: UInt32 = 0
        pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
        groupCount = Int(count)
    }

    deinit { pcre2_code_free_8(pointer) }

    /// PCRE2's own words for an error number.
    static func message(for code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
        guard length > 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix(Int(length)), as: UTF8.self)
    }
}
