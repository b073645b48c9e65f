/// One block of memory from which the buffers of a computation are cut, all of them at once.
///
/// A layout is a list of places; the block grows to the greatest layout seen and is used again, so that
/// nothing is allocated while batches of about one size come.
package final class Arena: @unchecked Sendable {
    /// A place in an arena: an offset in floats.
    package struct Place: Sendable {
        fileprivate let offset: Int
        /// No place at all: nothing may be read or written there.
        package static let none = Place(offset: -1)

        /// Whether there is something at this place.
        package var exists: Bool { offset >= 0 }
    }

    /// Hands out places one after another.
    package struct Layout {
        fileprivate var next = 0

        /// An empty layout.
        package init() {}

        /// Room for `count` floats, aligned to a cache line.
        package mutating func floats(_ count: Int) -> Place {
            defer { next += (max(count, 1) + 15) / 16 * 16 }
            return Place(offset: next)
        }

        /// Room for `count` halves.
        package mutating func halves(_ count: Int) -> Place { floats((count + 1) / 2) }
    }

    private let block = FloatBuffer()

    /// An arena without room.
    package init() {}

    /// Takes a layout: places of an earlier one are no longer valid.
    package func reserve(_ layout: Layout) { block.reserve(layout.next) }

    /// Bytes of the block.
    package var byteCount: Int { block.count * 4 }

    /// The floats at a place.
    package subscript(place: Place) -> UnsafeMutablePointer<Float> {
        precondition(place.exists, "the arena has no such place")
        return block.pointer + place.offset
    }

    /// The halves at a place.
    package func halves(_ place: Place) -> UnsafeMutablePointer<BFloat16> {
        UnsafeMutableRawPointer(self[place]).assumingMemoryBound(to: BFloat16.self)
    }
}
