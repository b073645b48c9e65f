import Rollouts

extension GroupGate: ObjectiveAxis {
    static let names = ["gate", "gate_low", "gate_high"]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> GroupGate {
        var gate = self
        switch try reader.kind(
            "gate", ["none", "outcome", "standard_deviation", "range"], of: self)
        {
        case "none": gate = .none
        case "outcome": gate = .outcome
        case "standard_deviation": gate = .standardDeviation
        case "range": gate = .range(low: 0, high: 1)
        default: break
        }
        guard case .range(let low, let high) = gate else {
            try reader.refuse(["gate_low", "gate_high"], of: gate.word)
            return gate
        }
        return .range(
            low: try reader.number("gate_low") ?? low, high: try reader.number("gate_high") ?? high)
    }

    private var word: String {
        switch self {
        case .none: "none"
        case .outcome: "outcome"
        case .standardDeviation: "standard_deviation"
        case .range: "range"
        }
    }

    var settings: [(String, JSONValue)] {
        guard case .range(let low, let high) = self else { return [("gate", .string(word))] }
        return [
            ("gate", .string(word)), ("gate_low", .setting(low)), ("gate_high", .setting(high)),
        ]
    }

    var formula: String {
        switch self {
        case .none: "every group is kept"
        case .outcome: "keep a group iff some raw outcomes are right and some are wrong"
        case .standardDeviation: "keep a group iff std(r) > 0, shaping included"
        case .range(let low, let high):
            "keep a group iff \(shown(low)) < mean(outcome) < \(shown(high))"
        }
    }
}

extension RefillPolicy: ObjectiveAxis {
    static let names = ["refill_rounds", "refill_on_exhaustion", "refill_draws"]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> RefillPolicy {
        RefillPolicy(
            maximumRounds: try reader.integer("refill_rounds") ?? maximumRounds,
            onExhaustion: try reader.choice("refill_on_exhaustion", Exhaustion.self)
                ?? onExhaustion,
            draws: try reader.choice("refill_draws", Draw.self) ?? draws)
    }

    var settings: [(String, JSONValue)] {
        [
            ("refill_rounds", .setting(maximumRounds)),
            ("refill_on_exhaustion", .string(onExhaustion.rawValue)),
            ("refill_draws", .string(draws.rawValue)),
        ]
    }

    var formula: String {
        guard maximumRounds > 0 else { return "rejected groups are not replaced" }
        let what = draws == .replace ? "one problem for each rejected" : "another whole batch"
        let end = onExhaustion == .raise ? "then stop" : "then train on what was kept"
        return "up to \(maximumRounds) more rounds of \(what), \(end)"
    }
}

extension GroupShaping: ObjectiveAxis {
    static let names = [
        "shaping", "shaping_weight", "shaping_from_step", "overlong_maximum", "overlong_cache",
        "overlong_clamping",
    ]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> GroupShaping {
        var shaping = self
        switch try reader.kind("shaping", ["none", "kimi_length", "soft_overlong"], of: self) {
        case "none": shaping = .none
        case "kimi_length": shaping = .kimiLength(weight: 0.5)
        case "soft_overlong": shaping = .softOverlong(maximum: 20480, cache: 4096)
        default: break
        }
        switch shaping {
        case .none:
            try reader.refuse(Array(Self.names.dropFirst()), of: "none")
            return shaping
        case .kimiLength(let weight, let step):
            try reader.refuse(Array(Self.names.dropFirst(3)), of: "kimi_length")
            return .kimiLength(
                weight: try reader.number("shaping_weight") ?? weight,
                fromStep: try reader.integer("shaping_from_step") ?? step)
        case .softOverlong(let maximum, let cache, let weight, let clamping):
            try reader.refuse(["shaping_from_step"], of: "soft_overlong")
            return .softOverlong(
                maximum: try reader.integer("overlong_maximum") ?? maximum,
                cache: try reader.integer("overlong_cache") ?? cache,
                weight: try reader.number("shaping_weight") ?? weight,
                clamping: try reader.choice("overlong_clamping", OverlongClamping.self)
                    ?? clamping)
        }
    }

    var settings: [(String, JSONValue)] {
        switch self {
        case .none: [("shaping", .string("none"))]
        case .kimiLength(let weight, let step):
            [
                ("shaping", .string("kimi_length")), ("shaping_weight", .setting(weight)),
                ("shaping_from_step", .setting(step)),
            ]
        case .softOverlong(let maximum, let cache, let weight, let clamping):
            [
                ("shaping", .string("soft_overlong")), ("overlong_maximum", .setting(maximum)),
                ("overlong_cache", .setting(cache)), ("shaping_weight", .setting(weight)),
                ("overlong_clamping", .string(clamping.rawValue)),
            ]
        }
    }

    var formula: String {
        switch self {
        case .none: "r"
        case .kimiLength(let weight, let step):
            "r + \(shown(weight))·λ, λ = ½ − (|o| − min)/(max − min), at most 0 where wrong"
                + (step > 0 ? ", from step \(step)" : "")
        case .softOverlong(let maximum, let cache, let weight, let clamping):
            "r − \(shown(weight))·(|o| − \(shown(Double(maximum) - Double(cache))))/\(cache) beyond "
                + shown(Double(maximum) - Double(cache))
                + (clamping == .dapo ? ", at most \(shown(weight))" : "")
        }
    }
}

extension ResponseFilter: ObjectiveAxis {
    static let names = [
        "filter", "k", "negative_rewards", "blend_length", "blend_reward", "blend_efficiency",
    ]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> ResponseFilter {
        let k = try reader.integer("k") ?? size ?? 8
        var filter = reader.has("k") ? keeping(k) : self
        switch try reader.kind(
            "filter", ["all", "shortest", "token_efficiency", "blend"], of: self)
        {
        case "all": filter = .all
        case "shortest": filter = .shortest(k: k)
        case "token_efficiency": filter = .tokenEfficiency(k: k)
        case "blend": filter = .blend(k: k, FilterBlend(length: -1, reward: 1))
        default: break
        }
        let blend = Array(Self.names.dropFirst(3))
        switch filter {
        case .all:
            try reader.refuse(Array(Self.names.dropFirst()), of: "all")
        case .shortest:
            try reader.refuse(["negative_rewards"] + blend, of: "shortest")
        case .tokenEfficiency(let k, let negatives):
            try reader.refuse(blend, of: "token_efficiency")
            filter = .tokenEfficiency(
                k: k,
                negatives: try reader.choice("negative_rewards", NegativeRewards.self)
                    ?? negatives)
        case .blend(let k, let weights):
            try reader.refuse(["negative_rewards"], of: "blend")
            filter = .blend(
                k: k,
                FilterBlend(
                    length: try reader.number("blend_length") ?? weights.length,
                    reward: try reader.number("blend_reward") ?? weights.reward,
                    efficiency: try reader.number("blend_efficiency") ?? weights.efficiency))
        }
        return filter
    }

    var settings: [(String, JSONValue)] {
        switch self {
        case .all: [("filter", .string("all"))]
        case .shortest(let k): [("filter", .string("shortest")), ("k", .setting(k))]
        case .tokenEfficiency(let k, let negatives):
            [
                ("filter", .string("token_efficiency")), ("k", .setting(k)),
                ("negative_rewards", .string(negatives.rawValue)),
            ]
        case .blend(let k, let weights):
            [
                ("filter", .string("blend")), ("k", .setting(k)),
                ("blend_length", .setting(weights.length)),
                ("blend_reward", .setting(weights.reward)),
                ("blend_efficiency", .setting(weights.efficiency)),
            ]
        }
    }

    var formula: String {
        switch self {
        case .all: "S = all G"
        case .shortest(let k): "S = the \(k) of least |o|"
        case .tokenEfficiency(let k, let negatives):
            "S = the \(k) of largest r/|o|"
                + (negatives == .guarded ? ", negative rewards last by r·|o|" : "")
        case .blend(let k, let weights):
            "S = the \(k) of largest \(shown(weights.length))·z(|o|) + "
                + "\(shown(weights.reward))·z(r) + \(shown(weights.efficiency))·z(r/|o|)"
        }
    }
}

extension Retention: ObjectiveAxis {
    static let names = ["retention", "adaptive_k", "adaptive_after"]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> Retention {
        var retention = self
        switch try reader.kind("retention", ["fixed", "adaptive"], of: self) {
        case "fixed": retention = .fixed
        case "adaptive": retention = .adaptive(sizes: [8, 8, 6, 4])
        default: break
        }
        guard case .adaptive(let sizes, let after) = retention else {
            try reader.refuse(Array(Self.names.dropFirst()), of: "fixed")
            return retention
        }
        return .adaptive(
            sizes: try reader.text("adaptive_k").map(Self.sizes) ?? sizes,
            readyAfter: try reader.integer("adaptive_after") ?? after)
    }

    private static func sizes(_ text: String) -> [Int] {
        text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    }

    var settings: [(String, JSONValue)] {
        guard case .adaptive(let sizes, let after) = self else {
            return [("retention", .string("fixed"))]
        }
        return [
            ("retention", .string("adaptive")),
            ("adaptive_k", .string(sizes.map(String.init).joined(separator: "/"))),
            ("adaptive_after", .setting(after)),
        ]
    }

    var formula: String {
        guard case .adaptive(let sizes, let after) = self, sizes.count == 4 else {
            return "k as the filter says"
        }
        return "k = \(sizes[0]) below the first quartile of mean rewards seen, \(sizes[1]) below "
            + "the second, \(sizes[2]) below the third, else \(sizes[3]); \(sizes[0]) for the first "
            + "\(after) groups"
    }
}

extension StatisticsScope: ObjectiveAxis {
    static let names = ["statistics"]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> StatisticsScope {
        try reader.choice("statistics", StatisticsScope.self) ?? self
    }

    var settings: [(String, JSONValue)] { [("statistics", .string(rawValue))] }

    var formula: String {
        self == .retained ? "mean and deviation over S" : "mean and deviation over all G"
    }
}
