/// The part of a completion that counts: its reasoning is blanked with NUL bytes, so that byte
/// offsets stay and nothing reaches across.
enum VisibleText {
    /// Blanks `<think>…</think>`, everything before a bare `</think>`, and everything after a
    /// `<think>` that is never closed.
    static func blank(_ bytes: inout [UInt8]) {
        var openAt: Int?
        var blanked: [Range<Int>] = []
        bytes.withUnsafeBufferPointer { buffer in
            var index = 0
            while index < buffer.count {
                guard buffer[index] == ASCII.less else {
                    index += 1
                    continue
                }
                if buffer.spells("<think>", at: index) {
                    openAt = openAt ?? index
                    index += 7
                } else if buffer.spells("</think>", at: index) {
                    // Without an opening tag the template has opened it: all before is reasoning.
                    blanked.append((openAt ?? 0)..<index + 8)
                    openAt = nil
                    index += 8
                } else {
                    index += 1
                }
            }
            if let openAt { blanked.append(openAt..<buffer.count) }
        }
        var done = 0
        for range in blanked {
            // Ranges may nest after a bare closing tag; no byte is blanked twice.
            for index in max(done, range.lowerBound)..<max(done, range.upperBound) {
                bytes[index] = 0
            }
            done = max(done, range.upperBound)
        }
    }
}
