/// Floats at an address aligned to a cache line, zero at first.
///
/// A reference type: kernels of several threads write disjoint parts of one buffer.
package final class FloatBuffer: @unchecked Sendable {
    /// Number of floats in use.
    package private(set) var count: Int
    /// The first float.
    package private(set) var pointer: UnsafeMutablePointer<Float>
    private var capacity: Int

    /// `count` zeros.
    package init(count: Int = 0) {
        self.count = count
        capacity = max(16, count)
        pointer = Self.allocate(capacity)
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    /// Makes room for `count` floats and returns the first; what they hold is left over.
    @discardableResult
    package func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
        if count > capacity {
            UnsafeMutableRawPointer(pointer).deallocate()
            capacity = count + count / 4
            pointer = Self.allocate(capacity)
        }
        self.count = count
        return pointer
    }

    /// All zero again.
    package func clear() { pointer.update(repeating: 0, count: count) }

    /// The floats as an array.
    package var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Float> {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: capacity * 4 + 64, alignment: 64)
        let floats = raw.bindMemory(to: Float.self, capacity: capacity + 16)
        floats.initialize(repeating: 0, count: capacity + 16)
        return floats
    }
}
