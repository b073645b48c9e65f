/// Matrices, cases and aligned equations.
extension Parser {
    /// `\begin{pmatrix} a & b \\ c & d \end{pmatrix}` and its like, `cases`, aligned equations.
    mutating func parseEnvironment(from start: Int) throws(Refusal) -> Expression {
        let name = try parseEnvironmentName()
        let isMatrix = name.hasSuffix("matrix") || name == "array"
        guard isMatrix || ["cases", "aligned", "align", "gathered", "split"].contains(name) else {
            throw .malformed("the environment \(name)", at: start)
        }
        if name == "array", accept(.openGroup) {
            while position < tokens.count, !accept(.closeGroup) { position += 1 }
        }
        let outerBars = barDepth
        barDepth = 0
        defer { barDepth = outerBars }
        var rows: [[Expression]] = [[]]
        while current?.kind != .command("end") {
            guard position < tokens.count else { throw unexpected() }
            if !isMatrix, name != "cases", accept(.column) { continue }
            rows[rows.count - 1].append(try isMatrix ? parseRelation() : parseCase())
            if isMatrix || name == "cases" {
                if accept(.column) { continue }
            } else if accept(.column) {
                // `x &= 2`: the sign after the mark goes on with the relation.
                rows[rows.count - 1].append(
                    try parseContinuation(of: rows[rows.count - 1].removeLast()))
            }
            if accept(.row) {
                if current?.kind != .command("end") { rows.append([]) }
            } else if current?.kind != .command("end") {
                throw unexpected()
            }
        }
        position += 1
        guard try parseEnvironmentName() == name else { throw unexpected() }
        guard let width = rows.first?.count, rows.allSatisfy({ $0.count == width }) else {
            throw .malformed("rows of different lengths", at: start)
        }
        if isMatrix {
            return try node(.matrix(rows, isDeterminant: name == "vmatrix"), from: start)
        }
        if width == 1 { return try node(.list(rows.map { $0[0] }, joinedByOr: false), from: start) }
        var pieces: [Expression] = []
        for row in rows { pieces.append(try node(.tuple(row), from: start)) }
        return try node(.call("cases", pieces), from: start)
    }

    /// One entry of `cases`: a value or a condition, without "if" and a comma at its end.
    mutating func parseCase() throws(Refusal) -> Expression {
        while case .word(let word)? = current?.kind,
            ["if", "for", "when", "where"].contains(word.lowercased())
        {
            position += 1
        }
        let start = here
        if case .word(let word)? = current?.kind {
            position += 1
            return try node(.word(word.lowercased() == "else" ? "otherwise" : word), from: start)
        }
        let entry = try parseRelation()
        while accept(.comma) || accept(.semicolon) {}
        return entry
    }

    mutating func parseContinuation(
        of first: Expression
    ) throws(Refusal) -> Expression {
        guard let sign = symbol, sign.isRelation else { throw unexpected() }
        position += 1
        let side = try parseSum()
        return try node(
            .relation(first, [.init(sign: sign, side: side)]), from: first.range.lowerBound)
    }

    mutating func parseEnvironmentName() throws(Refusal) -> String {
        try expect(.openGroup)
        var name = ""
        while let token = current, symbol != .closeGroup {
            switch token.kind {
            case .letter(let text), .word(let text): name += text
            default: throw unexpected()
            }
            position += 1
        }
        try expect(.closeGroup)
        return name
    }
}
