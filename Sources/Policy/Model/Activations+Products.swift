import Tensors

extension Activations {
    /// Rows times a matrix of the model, in its precision, and the matrix's bias.
    func forward(
        _ place: LinearPlace, rows: Int, _ x: UnsafePointer<Float>,
        into y: UnsafeMutablePointer<Float>
    ) {
        if let halves = model.halves {
            let narrow = half(.firstInput)
            kernels.halve(rows * place.inner, x, into: narrow)
            product.forward(
                rows: rows, narrow, inner: place.inner, weights: halves.pointer + place.offset,
                outer: place.outer, into: y)
        } else {
            product.forward(
                rows: rows, x, inner: place.inner, weights: model.weights.pointer + place.offset,
                outer: place.outer, into: y)
        }
        if let bias = place.bias {
            kernels.addToRows(rows: rows, width: place.outer, model.weights.pointer + bias, y)
        }
    }

    /// The gradient of the rows that went into `forward`, from that of what came out; the slopes are kept
    /// for the weights' gradient.
    ///
    /// - Parameters:
    ///   - first: row of `room` from which they are kept.
    ///   - room: where they are kept; nil where they are not.
    func inputGradient(
        _ place: LinearPlace, rows: Int, _ dy: UnsafePointer<Float>, keptFrom first: Int = 0,
        in room: Room?, into dx: UnsafeMutablePointer<Float>
    ) {
        if let halves = model.halves {
            let narrow = half(.slope)
            kernels.halve(rows * place.outer, dy, into: narrow)
            product.inputGradient(
                rows: rows, narrow, outer: place.outer, weights: halves.pointer + place.offset,
                inner: place.inner, into: dx)
        } else {
            product.inputGradient(
                rows: rows, dy, outer: place.outer, weights: model.weights.pointer + place.offset,
                inner: place.inner, into: dx)
        }
        guard let room, model.adapter == nil else { return }
        for part in MatrixProduct.parts(rows) {
            let from = dy + part.lowerBound * place.outer
            let start = (first + part.lowerBound) * place.outer
            if model.halves != nil {
                kernels.transposeHalved(
                    rows: part.count, columns: place.outer, from, into: half(room) + start)
            } else {
                kernels.transpose(
                    rows: part.count, columns: place.outer, from, into: floats(room) + start)
            }
        }
    }

    /// Keeps the rows that went into a product as bfloat16, for the weights' gradient.
    func keep(_ count: Int, _ x: UnsafePointer<Float>, in room: Room) {
        if model.halves != nil, model.adapter == nil { kernels.halve(count, x, into: half(room)) }
    }
}
