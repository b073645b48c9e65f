import Foundation

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
            while let next = buffer.first(ASCII.less, from: index) {
                index = next
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
            let fresh = max(done, range.lowerBound)..<max(done, range.upperBound)
            bytes.withUnsafeMutableBytes { buffer in
                _ = buffer.baseAddress.map { memset($0 + fresh.lowerBound, 0, fresh.count) }
            }
            done = max(done, range.upperBound)
        }
    }
}
