import Tensors

/// Keys and values of some sequences, by slot and layer.
///
/// Keys lie transposed,
/// `[slot, layer, head, headWidth, padded length]`; values as rows,
/// `[slot, layer, length, heads · headWidth]`.
final class KeyValueCache {
    let paddedLength: Int
    let valueWidth: Int
    private let headWidth: Int
    private let layers: Int
    private let length: Int
    private let keys: FloatBuffer
    private let values: FloatBuffer

    init(_ c: TransformerConfiguration, slots: Int) {
        length = c.maximumLength
        paddedLength = (c.maximumLength + 15) / 16 * 16
        headWidth = c.headWidth
        valueWidth = c.keyValueHeads * c.headWidth
        layers = c.layers
        keys = FloatBuffer(count: slots * c.layers * valueWidth * paddedLength)
        values = FloatBuffer(count: slots * c.layers * c.maximumLength * valueWidth)
    }

    func keys(slot: Int, layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
        keys.pointer
            + ((slot * layers + layer) * valueWidth + head * headWidth) * paddedLength
    }

    func values(slot: Int, layer: Int) -> UnsafeMutablePointer<Float> {
        values.pointer + (slot * layers + layer) * length * valueWidth
    }

    /// Keeps the keys and values of one position, beside each other at `row`.
    func store(slot: Int, layer: Int, position: Int, _ row: UnsafePointer<Float>) {
        let transposed = keys(slot: slot, layer: layer, head: 0) + position
        for i in 0..<valueWidth { transposed[i * paddedLength] = row[i] }
        (values(slot: slot, layer: layer) + position * valueWidth)
            .update(from: row + valueWidth, count: valueWidth)
    }

    /// Copies the first `count` positions of all layers from one slot to another.
    func copy(from source: Int, to slot: Int, count: Int) {
        for layer in 0..<layers {
            let from = keys(slot: source, layer: layer, head: 0)
            let to = keys(slot: slot, layer: layer, head: 0)
            for i in 0..<valueWidth {
                (to + i * paddedLength).update(from: from + i * paddedLength, count: count)
            }
            values(slot: slot, layer: layer)
                .update(from: values(slot: source, layer: layer), count: count * valueWidth)
        }
    }
}
