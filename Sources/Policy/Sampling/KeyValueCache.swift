import Tensors

/// Keys and values of some sequences in pages of 16 positions, each with all layers and heads.
///
/// A sequence takes pages as it grows, and sequences that begin alike share the pages of their beginning.
/// Of a layer a page has all heads' keys, then all heads' values, as `Kernels.attend` reads them.
final class KeyValueCache {
    private let kernels: Kernels
    private let shape: AttentionShape
    private let layerFloats: Int
    private let pageFloats: Int
    private var chunks: [FloatBuffer] = []
    private var pages: [UnsafeMutablePointer<Float>] = []
    /// How many sequences have a page.
    private var holders: [Int] = []
    private var free: [Int] = []
    /// The pages of each slot, and where they lie.
    private var table: [[Int]]
    private var places: [[UnsafePointer<Float>?]]

    private static let positions = Kernels.pagePositions
    /// Pages that are allocated together: 16 MB, or one.
    private let chunkPages: Int

    init(_ shape: AttentionShape, layers: Int, slots: Int, kernels: Kernels) {
        self.shape = shape
        self.kernels = kernels
        layerFloats = 2 * Self.positions * shape.keyValueHeads * shape.headWidth
        pageFloats = layers * layerFloats
        chunkPages = max(1, (1 << 22) / pageFloats)
        table = Array(repeating: [], count: slots)
        places = Array(repeating: [], count: slots)
    }

    /// Where a layer begins in every page.
    func offset(layer: Int) -> Int { layer * layerFloats }

    /// Calls `body` with the pages of a slot.
    func withPages(_ slot: Int, _ body: (UnsafePointer<UnsafePointer<Float>?>) -> Void) {
        places[slot].withUnsafeBufferPointer { places in
            if let base = places.baseAddress { body(base) }
        }
    }

    /// Makes sure that a position has a page.
    func makeRoom(slot: Int, position: Int) {
        while table[slot].count <= position / Self.positions { append(newPage(), to: slot) }
    }

    /// Keeps the keys and values of one position, beside each other at `row`; slots apart from each
    /// other may do so at the same time.
    func store(slot: Int, layer: Int, position: Int, _ row: UnsafePointer<Float>) {
        let (index, place) = position.quotientAndRemainder(dividingBy: Self.positions)
        let page = pages[table[slot][index]] + offset(layer: layer)
        kernels.keep(shape, row, in: page, position: place)
    }

    /// Gives an empty slot the first `count` positions of another: whole pages are shared, the last one
    /// is copied where the slot will write to it.
    func share(from source: Int, to slot: Int, count: Int) {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: Self.positions)
        for page in table[source].prefix(whole) {
            holders[page] += 1
            append(page, to: slot)
        }
        guard rest > 0 else { return }
        let page = newPage()
        pages[page].update(from: pages[table[source][whole]], count: pageFloats)
        append(page, to: slot)
    }

    /// Gives a slot's pages back.
    func release(_ slot: Int) {
        for page in table[slot] {
            holders[page] -= 1
            if holders[page] == 0 { free.append(page) }
        }
        table[slot] = []
        places[slot] = []
    }

    /// Pages that some slot has.
    var pagesInUse: Int { pages.count - free.count }

    private func append(_ page: Int, to slot: Int) {
        table[slot].append(page)
        places[slot].append(UnsafePointer(pages[page]))
    }

    private func newPage() -> Int {
        if free.isEmpty {
            let chunk = FloatBuffer(count: chunkPages * pageFloats)
            chunks.append(chunk)
            for index in (0..<chunkPages).reversed() {
                free.append(pages.count + index)
            }
            for index in 0..<chunkPages {
                pages.append(chunk.pointer + index * pageFloats)
                holders.append(0)
            }
        }
        let page = free.removeLast()
        holders[page] = 1
        return page
    }
}
