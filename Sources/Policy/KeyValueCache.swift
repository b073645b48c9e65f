import Tensors

/// Keys and values of some sequences, by slot, layer and head.
///
/// A head's keys lie in blocks of 16, each `[headWidth, 16]`, and its values as rows
/// `[length, headWidth]`: a query reads both from front to back.
final class KeyValueCache {
    /// Positions of a sequence, in whole blocks.
    let paddedLength: Int
    private let headWidth: Int
    private let heads: Int
    private let layers: Int
    private let keys: FloatBuffer
    private let values: FloatBuffer
    /// Positions of a block.
    private static let block = 16

    init(_ c: TransformerConfiguration, slots: Int) {
        paddedLength = (c.maximumLength + Self.block - 1) / Self.block * Self.block
        headWidth = c.headWidth
        heads = c.keyValueHeads
        layers = c.layers
        let count = slots * c.layers * c.keyValueHeads * c.headWidth * paddedLength
        keys = FloatBuffer(count: count)
        values = FloatBuffer(count: count)
    }

    private func place(_ slot: Int, _ layer: Int, _ head: Int) -> Int {
        ((slot * layers + layer) * heads + head) * headWidth * paddedLength
    }

    func keys(slot: Int, layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
        keys.pointer + place(slot, layer, head)
    }

    func values(slot: Int, layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
        values.pointer + place(slot, layer, head)
    }

    /// Keeps the keys and values of one position, beside each other at `row`.
    func store(slot: Int, layer: Int, position: Int, _ row: UnsafePointer<Float>) {
        let (block, lane) = position.quotientAndRemainder(dividingBy: Self.block)
        for head in 0..<heads {
            let key = row + head * headWidth
            let to =
                keys(slot: slot, layer: layer, head: head) + block * headWidth * Self.block + lane
            for i in 0..<headWidth { to[i * Self.block] = key[i] }
            (values(slot: slot, layer: layer, head: head) + position * headWidth)
                .update(from: key + heads * headWidth, count: headWidth)
        }
    }

    /// Copies the first `count` positions of all layers from one slot to another; what stands behind
    /// them in the last block is copied too, and is overwritten before it is read.
    func copy(from source: Int, to slot: Int, count: Int) {
        let blocks = (count + Self.block - 1) / Self.block
        for layer in 0..<layers {
            for head in 0..<heads {
                keys(slot: slot, layer: layer, head: head).update(
                    from: keys(slot: source, layer: layer, head: head),
                    count: blocks * Self.block * headWidth)
                values(slot: slot, layer: layer, head: head).update(
                    from: values(slot: source, layer: layer, head: head), count: count * headWidth)
            }
        }
    }
}
