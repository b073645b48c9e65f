import Foundation

/// Zeros that the system gives when they are touched, which the thread that uses them does.
///
/// Great pieces lie on great pages, where the system has them: what is walked from end to end, as weights
/// and caches are, comes nearly twice as fast so.
final class ZeroedMemory {
    /// The first byte, at the start of a cache line.
    let start: UnsafeMutableRawPointer
    /// What is given back, and how: mapped bytes, or 0 for `calloc`.
    private let memory: UnsafeMutableRawPointer
    private let mappedCount: Int

    private static let page = 1 << 21

    /// Room for `byteCount` bytes, and a few more.
    init(byteCount: Int) {
        #if os(Linux)
            if byteCount >= Self.page {
                let count = (byteCount + Self.page - 1) / Self.page * Self.page + Self.page
                let mapped = mmap(
                    nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                if let mapped, mapped != MAP_FAILED {
                    memory = mapped
                    mappedCount = count
                    start = mapped.alignedUp(toMultipleOf: Self.page)
                    madvise(start, count - Self.page, MADV_HUGEPAGE)
                    return
                }
            }
        #endif
        let line = 64
        // Models greater than the machine's memory are refused before; what is left is what Swift's own
        // arrays end the process for too.
        guard let allocated = calloc(byteCount + 2 * line, 1) else { fatalError("out of memory") }
        memory = allocated
        mappedCount = 0
        start = allocated.alignedUp(toMultipleOf: line)
    }

    deinit {
        #if os(Linux)
            if mappedCount > 0 {
                munmap(memory, mappedCount)
                return
            }
        #endif
        free(memory)
    }
}
