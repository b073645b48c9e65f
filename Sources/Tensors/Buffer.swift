/// Numbers at an address aligned to a cache line, zero at first.
///
/// A reference type: kernels of several threads write disjoint parts of one buffer.
package final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
    /// Number of elements in use.
    package private(set) var count: Int
    /// The first element.
    package private(set) var pointer: UnsafeMutablePointer<Element>
    private var capacity: Int
    private var memory: ZeroedMemory

    /// `count` zeros.
    package init(count: Int = 0) {
        self.count = count
        capacity = max(16, count)
        memory = ZeroedMemory(byteCount: capacity * MemoryLayout<Element>.stride)
        pointer = memory.start.bindMemory(to: Element.self, capacity: capacity)
    }

    /// Makes room for `count` elements and returns the first; what they hold is left over.
    @discardableResult
    package func reserve(_ count: Int) -> UnsafeMutablePointer<Element> {
        if count > capacity {
            memory = ZeroedMemory(byteCount: count * MemoryLayout<Element>.stride)
            capacity = count
            pointer = memory.start.bindMemory(to: Element.self, capacity: count)
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

}

/// 32-bit floats.
package typealias FloatBuffer = Buffer<Float>
/// Half as many bytes, for factors of products.
package typealias HalfBuffer = Buffer<BFloat16>
