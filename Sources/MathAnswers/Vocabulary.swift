/// Names that the lexer knows.
enum Vocabulary {
    /// LaTeX commands that stand for one symbol.
    static let symbols: [String: Symbol] = [
        "cdot": .times, "times": .times, "ast": .times, "div": .over, "pm": .plusMinus,
        "mp": .minusPlus, "le": .lessOrEqual, "leq": .lessOrEqual, "leqslant": .lessOrEqual,
        "ge": .greaterOrEqual, "geq": .greaterOrEqual, "geqslant": .greaterOrEqual,
        "ne": .notEqual, "neq": .notEqual, "lt": .less, "gt": .greater, "in": .element,
        "cup": .union, "cap": .intersection, "setminus": .without, "backslash": .without,
        "infty": .infinity, "emptyset": .emptySet, "varnothing": .emptySet, "circ": .degree,
        "degree": .degree, "lbrace": .openSet, "rbrace": .closeSet, "lvert": .bar,
        "rvert": .bar, "vert": .bar, "mid": .bar, "ldots": .ellipsis, "dots": .ellipsis,
        "cdots": .ellipsis, "to": .arrow, "rightarrow": .arrow, "lor": .or, "vee": .or,
        "land": .and, "wedge": .and, "prime": .prime, "colon": .colon, "lparen": .open,
        "rparen": .close, "lbrack": .openSquare, "rbrack": .closeSquare,
    ]

    /// LaTeX commands that only change the look.
    static let looks: Set<String> = [
        "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl",
        "biggr", "displaystyle", "textstyle", "quad", "qquad", "limits", "boxed", "fbox",
        "hspace", "thinspace", "enspace", "mathop", "ensuremath", "nobreak", "middle",
    ]

    /// Commands whose argument is prose or upright letters.
    static let prose: Set<String> = [
        "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "mathrm",
        "mathbf", "mathit", "mathsf", "mathtt", "mbox", "operatorname", "emph", "rm", "bf",
        "bm", "boldsymbol", "mathcal",
    ]

    /// Greek and other letters by their command.
    static let letters: Set<String> = [
        "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta",
        "vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau",
        "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda",
        "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell",
    ]

    /// Functions, with or without a backslash.
    static let functions: Set<String> = [
        "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh",
        "tanh", "ln", "log", "lg", "exp", "sqrt", "min", "max", "gcd", "lcm", "abs", "floor",
        "ceil",
    ]

    /// Words of two and three letters that are no product of variables.
    static let shortWords: Set<String> = [
        "no", "yes", "on", "off", "odd", "is", "it", "in", "of", "to", "as", "at", "by", "do",
        "if", "not", "one", "two", "six", "ten", "the", "for", "but", "all", "any", "red", "day",
        "sun", "mon", "tue", "wed", "thu", "fri", "sat", "boy", "dog", "cat", "cow", "egg", "man",
        "men", "sad", "low", "few", "can", "box", "bag", "car", "cup", "pen", "toy", "win",
        "per", "am", "pm", "both", "none", "neither", "nor", "an", "so", "we", "he", "she", "her",
        "his", "new", "old", "top", "up", "us", "you", "are", "was", "has", "had", "out", "who",
        "why", "how", "now", "may", "nan",
    ]

    /// Characters beyond ASCII that stand for one symbol.
    static let unicodeSymbols: [UInt32: Symbol] = [
        0x2212: .minus, 0x2013: .minus, 0xD7: .times, 0xB7: .times, 0x22C5: .times,
        0x2217: .times, 0xF7: .over, 0x2215: .over, 0x2044: .over, 0xB1: .plusMinus,
        0x2213: .minusPlus, 0x2264: .lessOrEqual, 0x2265: .greaterOrEqual, 0x2260: .notEqual,
        0x2208: .element, 0x222A: .union, 0x2229: .intersection, 0x2216: .without,
        0x221E: .infinity, 0x2205: .emptySet, 0xB0: .degree, 0x2026: .ellipsis,
        0x2192: .arrow, 0xFF0C: .comma, 0xFF08: .open, 0xFF09: .close, 0xFF1A: .colon,
        0xFF1B: .semicolon, 0xFF1D: .equals, 0xFF0B: .plus, 0xFF0D: .minus, 0xFF05: .percent,
        0xFF1C: .less, 0xFF1E: .greater, 0xFF0F: .over, 0x3001: .comma, 0x2032: .prime,
    ]

    /// Vulgar fractions.
    static let fractions: [UInt32: (Int, Int)] = [
        0xBC: (1, 4), 0xBD: (1, 2), 0xBE: (3, 4), 0x2150: (1, 7), 0x2151: (1, 9),
        0x2152: (1, 10), 0x2153: (1, 3), 0x2154: (2, 3), 0x2155: (1, 5), 0x2156: (2, 5),
        0x2157: (3, 5), 0x2158: (4, 5), 0x2159: (1, 6), 0x215A: (5, 6), 0x215B: (1, 8),
        0x215C: (3, 8), 0x215D: (5, 8), 0x215E: (7, 8),
    ]

    /// The digit that a superscript stands for.
    static func superscript(_ scalar: UInt32) -> Int? {
        switch scalar {
        case 0xB2: 2
        case 0xB3: 3
        case 0xB9: 1
        case 0x2070: 0
        case 0x2074...0x2079: Int(scalar) - 0x2070
        default: nil
        }
    }
}
