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

    /// The gradient of the rows that went into `forward`, from that of what came out.
    ///
    /// - Parameters:
    ///   - first: row from which the slopes are kept as bfloat16 for the weights' gradient.
    ///   - room: where they are kept.
    func inputGradient(
        _ place: LinearPlace, rows: Int, _ dy: UnsafePointer<Float>, keptFrom first: Int = 0,
        in room: HalfRoom, into dx: UnsafeMutablePointer<Float>
    ) {
        if let halves = model.halves {
            let narrow = half(room) + first * place.outer
            kernels.halve(rows * place.outer, dy, into: narrow)
            product.inputGradient(
                rows: rows, narrow, outer: place.outer, weights: halves.pointer + place.offset,
                inner: place.inner, into: dx)
        } else {
            product.inputGradient(
                rows: rows, dy, outer: place.outer, weights: model.weights.pointer + place.offset,
                inner: place.inner, into: dx)
        }
    }

    /// Keeps the rows that went into a product as bfloat16, for the weights' gradient.
    func keep(_ count: Int, _ x: UnsafePointer<Float>, in room: HalfRoom) {
        if model.halves != nil { kernels.halve(count, x, into: half(room)) }
    }
}
