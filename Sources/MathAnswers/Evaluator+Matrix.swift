/// Matrices in sums and products.
extension Evaluator {
    /// Sums, products, scalar multiples, whole powers and transposes of matrices that are written
    /// out.
    mutating func matrixValue(_ expression: Expression) throws(Refusal) -> Value {
        switch try algebra(expression) {
        case .left(let number):
            return .scalar(
                .init(
                    quotient: number,
                    formula: Formula(expression: expression)))
        case .right(let rows): return Self.value(of: rows, like: expression)
        }
    }

    private enum Operand {
        case left(Quotient)
        case right([[Quotient]])
    }

    private static func value(of rows: [[Quotient]], like expression: Expression) -> Value {
        let entries = rows.map { row in
            row.map { entry in
                Value.scalar(
                    .init(quotient: entry, formula: Formula(expression: expression)))
            }
        }
        if entries.allSatisfy({ $0.count == 1 }), entries.count > 1 {
            return .tuple(entries.compactMap(\.first))
        }
        return .matrix(entries)
    }

    private mutating func algebra(_ expression: Expression) throws(Refusal) -> Operand {
        try budget.spend()
        guard expression.holdsMatrix else { return .left(try scalar(expression)) }
        switch expression.kind {
        case .matrix(let rows, isDeterminant: false):
            var entries: [[Quotient]] = []
            for row in rows {
                var line: [Quotient] = []
                for entry in row { line.append(try scalar(entry)) }
                entries.append(line)
            }
            return .right(entries)
        case .negated(let inner):
            return try product(.left(Quotient(.minusOne)), try algebra(inner))
        case .sum(let terms):
            var sum: Operand?
            for term in terms {
                let next = try algebra(term)
                if let so = sum { sum = try added(so, next) } else { sum = next }
            }
            if let sum { return sum }
        case .product(let factors):
            var result = Operand.left(.one)
            for factor in factors { result = try product(result, try algebra(factor)) }
            return result
        case .quotient(let top, let bottom):
            let inverse = try Quotient.one.divided(by: try scalar(bottom), &budget)
            return try product(.left(inverse), try algebra(top))
        case .power(let base, let exponent):
            if case .letter("T") = exponent.kind { return try transposed(try algebra(base)) }
            if let count = try exponent.rational(&budget)?.int64, (1...16).contains(count) {
                let matrix = try algebra(base)
                var result = matrix
                for _ in 1..<count { result = try product(result, matrix) }
                return result
            }
        default: break
        }
        throw .malformed("no matrix", at: expression.range.lowerBound)
    }

    private func transposed(_ operand: Operand) throws(Refusal) -> Operand {
        guard case .right(let rows) = operand, let width = rows.first?.count else { return operand }
        return .right((0..<width).map { column in rows.map { $0[column] } })
    }

    private mutating func added(_ a: Operand, _ b: Operand) throws(Refusal) -> Operand {
        guard case .right(let x) = a, case .right(let y) = b, x.count == y.count,
            x.first?.count == y.first?.count
        else { throw .undefined("a sum of matrices of different sizes") }
        var sum = x
        for i in x.indices {
            for j in x[i].indices { sum[i][j] = try x[i][j].adding(y[i][j], &budget) }
        }
        return .right(sum)
    }

    private mutating func product(_ a: Operand, _ b: Operand) throws(Refusal) -> Operand {
        switch (a, b) {
        case (.left(let x), .left(let y)): return .left(try x.multiplied(by: y, &budget))
        case (.left(let x), .right(let rows)), (.right(let rows), .left(let x)):
            var scaled = rows
            for i in rows.indices {
                for j in rows[i].indices {
                    scaled[i][j] = try rows[i][j].multiplied(by: x, &budget)
                }
            }
            return .right(scaled)
        case (.right(let x), .right(let y)):
            guard let inner = x.first?.count, inner == y.count, let width = y.first?.count else {
                throw .undefined("a product of matrices of different sizes")
            }
            var result: [[Quotient]] = []
            for row in x {
                var line: [Quotient] = []
                for column in 0..<width {
                    var sum = Quotient.zero
                    for index in 0..<inner {
                        sum = try sum.adding(
                            try row[index].multiplied(by: y[index][column], &budget), &budget)
                    }
                    line.append(sum)
                }
                result.append(line)
            }
            return .right(result)
        }
    }
}

extension Expression {
    /// Whether it is a matrix, or arithmetic with one.
    var holdsMatrix: Bool {
        switch kind {
        case .matrix(_, isDeterminant: false): true
        case .sum, .product, .negated, .quotient, .power: children.contains(where: \.holdsMatrix)
        default: false
        }
    }
}
