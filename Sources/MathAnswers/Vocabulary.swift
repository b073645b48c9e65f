/// Names that the lexer knows.
enum Vocabulary {
    /// What a LaTeX command is to the lexer.
    enum Meaning {
        case symbol(Symbol)
        /// It only changes the look.
        case look
        /// It only changes the look, and so do the braces behind it.
        case lookWithArgument
        case letter(String)
        case prose
        case accent
        case blackboard
        /// A function, or a command with arguments, by its usual name.
        case command(String)
    }

    /// The meaning of every known command; any other is a command of its own name.
    static let commands: [String: Meaning] = {
        var table: [String: Meaning] = [:]
        for (name, function) in functions { table[name] = .command(function) }
        for (name, plain) in [
            "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom",
            "tbinom": "binom", "iint": "int", "pmod": "pmod",
        ] {
            table[name] = .command(plain)
        }
        for (name, set) in [
            "R": "ℝ", "Z": "𝔹Z", "N": "𝔹N", "Q": "𝔹Q", "C": "𝔹C", "reals": "ℝ", "Reals": "ℝ",
            "natnums": "𝔹N", "integers": "𝔹Z",
        ] {
            table[name] = .letter(set)
        }
        for name in letters { table[name] = .letter(name) }
        for (name, plain) in [
            "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "imath": "i",
            "jmath": "j",
        ] {
            table[name] = .letter(plain)
        }
        for name in ["mathbb", "Bbb"] { table[name] = .blackboard }
        for name in prose { table[name] = .prose }
        for name in accents { table[name] = .accent }
        for name in looksWithArgument { table[name] = .lookWithArgument }
        for name in looks { table[name] = .look }
        for (name, symbol) in symbols { table[name] = .symbol(symbol) }
        table["mod"] = .symbol(.modulo)
        return table
    }()

    /// LaTeX commands that stand for one symbol.
    static let symbols: [String: Symbol] = [
        "cdot": .times, "times": .times, "ast": .times, "bullet": .times, "div": .over,
        "pm": .plusMinus, "mp": .minusPlus, "le": .lessOrEqual, "leq": .lessOrEqual,
        "leqslant": .lessOrEqual, "leqq": .lessOrEqual, "ge": .greaterOrEqual,
        "geq": .greaterOrEqual, "geqslant": .greaterOrEqual, "geqq": .greaterOrEqual,
        "ne": .notEqual, "neq": .notEqual, "lt": .less, "gt": .greater, "in": .element,
        "cup": .union, "bigcup": .union, "cap": .intersection, "setminus": .without,
        "backslash": .without, "smallsetminus": .without, "infty": .infinity,
        "infin": .infinity, "emptyset": .emptySet, "varnothing": .emptySet, "circ": .degree,
        "degree": .degree, "lbrace": .openSet, "rbrace": .closeSet, "lvert": .openBar,
        "rvert": .closeBar, "lVert": .openBar, "rVert": .closeBar, "vert": .bar, "Vert": .bar,
        "mid": .bar, "ldots": .ellipsis, "dots": .ellipsis, "cdots": .ellipsis,
        "dotsc": .ellipsis, "to": .arrow, "rightarrow": .arrow, "longrightarrow": .arrow,
        "lor": .or, "vee": .or, "land": .and, "wedge": .and, "prime": .prime, "colon": .colon,
        "lparen": .open, "rparen": .close, "lbrack": .openSquare, "rbrack": .closeSquare,
        "lfloor": .openFloor, "rfloor": .closeFloor, "lceil": .openCeiling,
        "rceil": .closeCeiling, "langle": .openAngle, "rangle": .closeAngle,
        "approx": .approximately, "approxeq": .approximately, "simeq": .approximately,
        "thickapprox": .approximately, "equiv": .equals, "choose": .choose, "over": .infixFraction,
        "bmod": .modulo,
        "slash": .over, "semicolon": .semicolon, "implies": .semicolon,
        "Rightarrow": .semicolon, "iff": .semicolon,
    ]

    /// LaTeX commands that only change the look.
    static let looks: Set<String> = [
        "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl",
        "biggr", "displaystyle", "textstyle", "quad", "qquad", "limits", "boxed", "fbox",
        "hspace", "thinspace", "enspace", "mathop", "ensuremath", "nobreak", "middle", "underline",
        "scriptstyle", "nolimits", "bigm",
        "Bigm", "biggm", "Biggl", "Biggr", "Biggm", "negthinspace", "thickspace", "medspace",
        "nonumber", "notag", "hfill", "newline", "par", "bigskip", "smallskip", "centering",
        "therefore", "because", "mathstrut", "strut", "allowbreak", "it", "tt", "rm", "bf",
        "cal", "noindent", "large", "Large", "small", "normalsize", "limits",
    ]

    /// LaTeX commands that only change the look, together with the braces behind them.
    static let looksWithArgument: Set<String> = [
        "hspace", "vspace", "color", "label", "tag", "phantom", "hphantom", "vphantom",
        "textcolor", "colorbox", "kern", "mkern", "hskip",
    ]

    /// Ways to write a letter: with an arrow, a hat, a bar.
    static let accents: Set<String> = [
        "vec", "hat", "bar", "tilde", "dot", "ddot", "widehat", "widetilde", "overrightarrow",
    ]

    /// Commands whose argument is prose or upright letters.
    static let prose: Set<String> = [
        "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "mathrm",
        "mathbf", "mathit", "mathsf", "mathtt", "mbox", "operatorname", "emph",
        "bm", "boldsymbol", "mathcal", "mathscr", "mathfrak", "operatorname*", "textup",
        "textsl", "textsc", "text*",
    ]

    /// Greek and other letters by their command.
    static let letters: Set<String> = [
        "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta",
        "vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau",
        "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda",
        "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell", "partial", "hbar", "aleph",
        "nabla", "imath", "jmath",
    ]

    /// Greek letters that are spelled out in plain text.
    static let spelledLetters: Set<String> = [
        "alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "sigma", "omega", "phi",
        "rho", "tau", "mu", "nu",
    ]

    /// Functions by every name that they go by, with or without a backslash.
    static let functions: [String: String] = {
        var table: [String: String] = [:]
        let plain = [
            "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "arccot",
            "arcsec", "arccsc", "sinh", "cosh", "tanh", "coth", "sech", "csch", "arcsinh",
            "arccosh", "arctanh", "ln", "log", "lg", "exp", "sqrt", "min", "max", "gcd", "lcm",
            "abs", "floor", "ceil", "sgn", "arg", "cbrt", "binom", "cis", "conj",
        ]
        for name in plain { table[name] = name }
        let others = [
            "tg": "tan", "ctg": "cot", "cotg": "cot", "cosec": "csc", "arctg": "arctan",
            "arcctg": "arccot", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
            "acot": "arccot", "asec": "arcsec", "acsc": "arccsc", "asinh": "arcsinh",
            "acosh": "arccosh", "atanh": "arctanh", "arsinh": "arcsinh", "arcosh": "arccosh",
            "artanh": "arctanh", "arcosec": "arccsc", "sign": "sgn", "ceiling": "ceil",
            "binomial": "binom", "Re": "Re", "Im": "Im", "comb": "binom", "gamma_function": "Gamma",
        ]
        return table.merging(others) { first, _ in first }
    }()

    /// Functions that stand directly before their variable in plain text: `sinx`, `lnx`.
    static let prefixFunctions = ["sin", "cos", "tan", "cot", "sec", "csc", "ln", "log"]

    /// Words of two and three letters that are no product of variables.
    static let shortWords: Set<String> = [
        "no", "yes", "on", "off", "odd", "is", "it", "in", "of", "to", "as", "at", "by", "do",
        "if", "not", "one", "two", "six", "ten", "the", "for", "but", "all", "any", "red", "day",
        "sun", "mon", "tue", "wed", "thu", "fri", "sat", "boy", "dog", "cat", "cow", "egg", "man",
        "men", "sad", "low", "few", "can", "box", "bag", "car", "cup", "pen", "toy", "win",
        "per", "pct", "am", "pm", "both", "none", "neither", "nor", "an", "so", "we", "he", "she",
        "her",
        "his", "new", "old", "top", "up", "us", "you", "are", "was", "has", "had", "out", "who",
        "why", "how", "now", "may", "nan",
    ]

    /// Units of two letters that are no product of variables, whatever stands before them.
    static let unitPairs: Set<String> = [
        "mm", "cm", "dm", "km", "ft", "mi", "yd", "lb", "oz", "mg", "kg", "ml", "hr",
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
        0x2014: .minus, 0x2022: .times, 0x2219: .times, 0x2A7D: .lessOrEqual,
        0x2A7E: .greaterOrEqual, 0x2248: .approximately, 0x2243: .approximately,
        0x2261: .equals, 0x2227: .and, 0x2228: .or, 0x230A: .openFloor, 0x230B: .closeFloor,
        0x2308: .openCeiling, 0x2309: .closeCeiling, 0x27E8: .openAngle, 0x27E9: .closeAngle,
        0x2329: .openAngle, 0x232A: .closeAngle, 0x2223: .bar, 0x22EF: .ellipsis,
        0x2236: .colon, 0xFF5C: .bar, 0x21D2: .semicolon, 0x21D4: .semicolon,
    ]

    /// Letters for sets of numbers.
    static let blackboard: [UInt32: String] = [
        0x211D: "ℝ", 0x2124: "𝔹Z", 0x2115: "𝔹N", 0x211A: "𝔹Q", 0x2102: "𝔹C",
    ]

    /// Vulgar fractions.
    static let fractions: [UInt32: (Int, Int)] = [
        0xBC: (1, 4), 0xBD: (1, 2), 0xBE: (3, 4), 0x2150: (1, 7), 0x2151: (1, 9),
        0x2152: (1, 10), 0x2153: (1, 3), 0x2154: (2, 3), 0x2155: (1, 5), 0x2156: (2, 5),
        0x2157: (3, 5), 0x2158: (4, 5), 0x2159: (1, 6), 0x215A: (5, 6), 0x215B: (1, 8),
        0x215C: (3, 8), 0x215D: (5, 8), 0x215E: (7, 8),
    ]

    /// What a raised character stands for.
    static func superscript(_ scalar: UInt32) -> Token.Kind? {
        switch scalar {
        case 0xB2, 0xB3: digit(Int(scalar) - 0xB0)
        case 0xB9: digit(1)
        case 0x2070, 0x2074...0x2079: digit(Int(scalar) - 0x2070)
        case 0x207A: .symbol(.plus)
        case 0x207B: .symbol(.minus)
        case 0x207D: .symbol(.open)
        case 0x207E: .symbol(.close)
        case 0x207F: .letter("n")
        case 0x2071: .letter("i")
        case 0x02E3: .letter("x")
        default: nil
        }
    }

    /// What a lowered character stands for.
    static func subscripted(_ scalar: UInt32) -> Token.Kind? {
        switch scalar {
        case 0x2080...0x2089: digit(Int(scalar) - 0x2080)
        case 0x2099: .letter("n")
        case 0x2096: .letter("k")
        case 0x1D62: .letter("i")
        default: nil
        }
    }

    private static func digit(_ value: Int) -> Token.Kind {
        .number(Numeral(value: Rational(value), digits: String(value)))
    }
}
