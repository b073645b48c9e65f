import Foundation

/// Numbers at an address aligned to a cache line, zero at first.
///
/// A reference type: kernels of several threads write disjoint parts of one buffer.
package final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
    /// Number of elements in use.
    package private(set) var count: Int
    /// The first element.
    package private(set) var pointer: UnsafeMutablePointer<Element>
    private var capacity: Int
    private var memory: UnsafeMutableRawPointer

    /// `count` zeros.
    package init(count: Int = 0) {
        self.count = count
        capacity = max(16, count)
        (memory, pointer) = Self.allocate(capacity)
    }

    deinit { free(memory) }

    /// Makes room for `count` elements and returns the first; what they hold is left over.
    @discardableResult
    package func reserve(_ count: Int) -> UnsafeMutablePointer<Element> {
        if count > capacity {
            free(memory)
            capacity = count
            (memory, pointer) = Self.allocate(capacity)
        }
        self.count = count
        return pointer
    }

    /// All zero again.
    package func clear() {
        UnsafeMutableRawPointer(pointer).initializeMemory(
            as: UInt8.self, repeating: 0, count: count * MemoryLayout<Element>.stride)
    }

    /// The elements as an array.
    package var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Zeros that the system gives when they are touched, which the thread that uses them does.
    private static func allocate(
        _ capacity: Int
    ) -> (memory: UnsafeMutableRawPointer, pointer: UnsafeMutablePointer<Element>) {
        let alignment = 64
        guard let memory = calloc(capacity * MemoryLayout<Element>.stride + 2 * alignment, 1) else {
            fatalError("out of memory")
        }
        let raw = memory.alignedUp(toMultipleOf: alignment)
        #if os(Linux)
            // Great buffers are walked from end to end: fewer, greater pages serve them better.
            let page = 1 << 21
            let begin = raw.alignedUp(toMultipleOf: page)
            let end = (raw + capacity * MemoryLayout<Element>.stride).alignedDown(
                toMultipleOf: page)
            if end > begin { madvise(begin, end - begin, MADV_HUGEPAGE) }
        #endif
        return (memory, raw.bindMemory(to: Element.self, capacity: capacity))
    }
}

/// 32-bit floats.
package typealias FloatBuffer = Buffer<Float>
/// Half as many bytes, for factors of products.
package typealias HalfBuffer = Buffer<BFloat16>
