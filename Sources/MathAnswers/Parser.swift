/// Builds the tree of an answer from its tokens: recursive descent, depth and nodes bounded.
struct Parser {
    var tokens: [Token]
    /// Where the answer ends, for spans.
    let endByte: Int
    var position = 0
    var depth = 0
    var budget: Budget
    /// Inside `|…|` a bar closes.
    var barDepth = 0
    /// For each integral that is being read, the variable of its differential, once seen.
    var differentials: [String?] = []

    init(tokens: [Token], endByte: Int, budget: Budget) {
        self.tokens = tokens
        self.endByte = endByte
        self.budget = budget
    }

    /// Reads all tokens as one answer.
    mutating func parseAnswer() throws(Refusal) -> Expression {
        guard !tokens.isEmpty else { throw .malformed("no answer", at: 0) }
        let answer = try parseInfix(from: here)
        guard position == tokens.count else { throw unexpected() }
        return answer
    }

    var current: Token? { position < tokens.count ? tokens[position] : nil }

    var symbol: Symbol? { position < tokens.count ? tokens[position].symbol : nil }

    var here: Int { position < tokens.count ? tokens[position].range.lowerBound : endByte }

    var lastEnd: Int { position > 0 ? tokens[position - 1].range.upperBound : 0 }

    mutating func accept(_ wanted: Symbol) -> Bool {
        guard symbol == wanted else { return false }
        position += 1
        return true
    }

    mutating func expect(_ wanted: Symbol) throws(Refusal) {
        guard accept(wanted) else { throw unexpected() }
    }

    func unexpected() -> Refusal {
        .malformed(position < tokens.count ? "unexpected sign" : "unexpected end", at: here)
    }

    func node(_ kind: Expression.Kind, from start: Int) throws(Refusal) -> Expression {
        let made = Expression(kind: kind, range: min(start, lastEnd)..<max(start, lastEnd))
        // Chains such as `1/2/3` nest without recursion here, but not in what follows.
        if made.height > Budget.depthLimit { throw .limit("depth") }
        return made
    }

    /// Pays for a node and for a level of the machine's stack.
    mutating func enter() throws(Refusal) {
        try budget.spend()
        depth += 1
        if depth > Budget.depthLimit { throw .limit("depth") }
    }

    // MARK: Lists and relations

    mutating func parseList() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        var parts = [try parseRelation()]
        var joinedByOr = false
        var groups: [Int] = []
        while position < tokens.count {
            var separated = false
            while symbol == .comma || symbol == .semicolon {
                if symbol == .semicolon { groups.append(parts.count) }
                position += 1
                separated = true
            }
            if let letter = integerCondition {
                let set = Expression(kind: .letter("𝔹Z"), range: letter.range)
                let condition = Expression.Comparison(sign: .element, side: set)
                parts.append(try node(.relation(letter, [condition]), from: here))
                position = tokens.count
                break
            }
            if opensCondition {
                position += 1
                parts.append(try parseRelation())
                try expect(.close)
                continue
            }
            if accept(.and) {
                separated = true
            } else if accept(.or) {
                separated = true
                joinedByOr = true
            }
            guard separated else { break }
            // A comma may end the text or the line.
            if position == tokens.count, case .symbol(.comma) = tokens[position - 1].kind { break }
            parts.append(try parseRelation())
        }
        if parts.count == 1 { return parts[0] }
        if let systems = Self.systems(parts, at: groups) { parts = systems }
        return try node(.list(parts, joinedByOr: joinedByOr), from: start)
    }

    /// `p=5, q=2; p=7, q=2`: the equations between semicolons belong together.
    static func systems(_ parts: [Expression], at ends: [Int]) -> [Expression]? {
        guard let first = ends.first, first > 1, first < parts.count,
            parts.allSatisfy({ $0.binding != nil })
        else { return nil }
        let bounds = [0] + ends.filter { $0 < parts.count } + [parts.count]
        var systems: [Expression] = []
        for (low, high) in zip(bounds, bounds.dropFirst()) {
            let system = Array(parts[low..<high])
            guard system.count == first, let head = system.first, let tail = system.last else {
                return nil
            }
            systems.append(
                Expression(
                    kind: .list(system, joinedByOr: false),
                    range: head.range.lowerBound..<tail.range.upperBound))
        }
        return systems
    }

    mutating func parseRelation() throws(Refusal) -> Expression {
        try enter()
        defer { depth -= 1 }
        let start = here
        if let sign = symbol, sign == .equals || sign == .element || sign == .approximately,
            position == 0
        {
            // "= 7" and "∈ [0,1]" answer a question that named the left side.
            position += 1
        }
        // `2, 4, …, 100`: what is left out is a part of its own.
        if accept(.ellipsis) { return try node(.word("…"), from: start) }
        let header = try parseHeader()
        let first = if let header { header } else { try parseUnion() }
        var rest: [Expression.Comparison] = []
        while let sign = symbol, sign.isRelation {
            position += 1
            let side = try parseUnion()
            // What a value is about is no part of the answer: `\sqrt2 \approx 1.41`.
            if sign == .approximately, !isLoneLetter(first) || !rest.isEmpty { continue }
            let plain = sign == .approximately ? Symbol.equals : sign
            rest.append(Expression.Comparison(sign: plain, side: side))
        }
        return rest.isEmpty ? first : try node(.relation(first, rest), from: start)
    }

    /// `p(x)` or `f^{-1}(x)` before an equals sign: a function of any name; nil where none stands.
    private mutating func parseHeader() throws(Refusal) -> Expression? {
        guard case .letter(var name)? = current?.kind else { return nil }
        let start = here
        let before = position
        position += 1
        while accept(.prime) { name += "'" }
        if accept(.lowered) { name += "_" + (try parseSubscript()) }
        if accept(.power), accept(.openGroup), accept(.minus),
            case .number(let numeral)? = current?.kind,
            numeral.value.isOne
        {
            position += 1
            guard accept(.closeGroup) else {
                position = before
                return nil
            }
            name += "^{-1}"
        }
        guard symbol == .open, isSimpleArgument, position + 3 < tokens.count,
            tokens[position + 3].symbol == .equals
        else {
            position = before
            return nil
        }
        position += 1
        let argument = try parseSum()
        try expect(.close)
        return try node(.call(name, [argument]), from: start)
    }

    func isLoneLetter(_ expression: Expression) -> Bool {
        if case .letter = expression.kind { return true }
        return false
    }

    mutating func parseUnion() throws(Refusal) -> Expression {
        let start = here
        var parts = [try parseRatio()]
        while true {
            if accept(.union) {
                parts.append(try parseRatio())
            } else if accept(.without) {
                let removed = try parseRatio()
                let whole = parts.count == 1 ? parts[0] : try node(.union(parts), from: start)
                parts = [try node(.difference(whole, removed), from: start)]
            } else if accept(.intersection) {
                let other = try parseRatio()
                let whole = parts.count == 1 ? parts[0] : try node(.union(parts), from: start)
                parts = [try node(.call("intersection", [whole, other]), from: start)]
            } else {
                return parts.count == 1 ? parts[0] : try node(.union(parts), from: start)
            }
        }
    }

    /// The "to" of "3 to 4".
    private mutating func acceptTo() -> Bool {
        guard current?.kind == .word("to"), position > 0, position + 1 < tokens.count,
            case .number = tokens[position - 1].kind, case .number = tokens[position + 1].kind
        else { return false }
        position += 1
        return true
    }

    mutating func parseRatio() throws(Refusal) -> Expression {
        let start = here
        var parts = [try parseSum()]
        while accept(.colon) || acceptTo() { parts.append(try parseSum()) }
        return parts.count == 1 ? parts[0] : try node(.ratio(parts), from: start)
    }
}
