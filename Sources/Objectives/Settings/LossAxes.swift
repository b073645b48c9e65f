import Rollouts

extension RatioLevel: ObjectiveAxis {
    static let names = ["ratio", "ratio_log_bound"]

    private var word: String {
        switch self {
        case .token: "token"
        case .sequenceGeometric: "sequence_geometric"
        case .sequenceGeometricPerToken: "sequence_geometric_per_token"
        case .sequenceProduct: "sequence_product"
        case .clippedGeometric: "clipped_geometric"
        }
    }

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> RatioLevel {
        var level = self
        let kinds: [RatioLevel] = [
            .token, .sequenceGeometric, .sequenceGeometricPerToken, .sequenceProduct,
            .clippedGeometric(logBound: 0.4),
        ]
        if let word = try reader.word("ratio", kinds.map(\.word)), word != level.word {
            level = kinds.first { $0.word == word } ?? level
        }
        guard case .clippedGeometric(let bound) = level else {
            try reader.refuse(["ratio_log_bound"], of: level.word)
            return level
        }
        return .clippedGeometric(logBound: try reader.number("ratio_log_bound") ?? bound)
    }

    var settings: [(String, JSONValue)] {
        guard case .clippedGeometric(let bound) = self else { return [("ratio", .string(word))] }
        return [("ratio", .string(word)), ("ratio_log_bound", .setting(bound))]
    }

    var formula: String {
        switch self {
        case .token: "ρ_t = π(t)/π_old(t)"
        case .sequenceGeometric: "ρ = exp(mean_t (lp − lp_old))"
        case .sequenceGeometricPerToken:
            "ρ = exp(mean_t (lp − lp_old)) in value, its gradient through the token alone"
        case .sequenceProduct: "ρ = exp(Σ_t (lp − lp_old))"
        case .clippedGeometric(let bound):
            "ρ = exp(mean_t of lp − lp_old, at most \(shown(bound)) where Â > 0, at least "
                + "−\(shown(bound)) where Â < 0)"
        }
    }
}

extension BehaviourCorrection: ObjectiveAxis {
    static let names = [
        "correction", "correction_level", "correction_minimum", "correction_maximum",
    ]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> BehaviourCorrection {
        var correction = self
        switch try reader.kind("correction", ["none", "truncated", "masked"], of: self) {
        case "none": correction = .none
        case "truncated": correction = .truncated(.token, maximum: 2)
        case "masked": correction = .masked(.sequenceProduct, maximum: 3)
        default: break
        }
        let level = try reader.choice("correction_level", Level.self)
        let low = try reader.optional("correction_minimum")
        let high = try reader.number("correction_maximum")
        switch correction {
        case .none:
            try reader.refuse(Array(Self.names.dropFirst()), of: "none")
            return .none
        case .truncated(let old, let minimum, let maximum):
            return .truncated(level ?? old, minimum: low ?? minimum, maximum: high ?? maximum)
        case .masked(let old, let minimum, let maximum):
            return .masked(level ?? old, minimum: low ?? minimum, maximum: high ?? maximum)
        }
    }

    var settings: [(String, JSONValue)] {
        func all(
            _ word: String, _ level: Level, _ minimum: Double?, _ maximum: Double
        ) -> [(String, JSONValue)] {
            [
                ("correction", .string(word)), ("correction_level", .string(level.rawValue)),
                ("correction_minimum", minimum.map(JSONValue.setting) ?? .string("none")),
                ("correction_maximum", .setting(maximum)),
            ]
        }
        return switch self {
        case .none: [("correction", .string("none"))]
        case .truncated(let level, let low, let high): all("truncated", level, low, high)
        case .masked(let level, let low, let high): all("masked", level, low, high)
        }
    }

    var formula: String {
        func ratio(_ level: Level) -> String {
            switch level {
            case .token: "exp(lp_old − lp_sampler)"
            case .sequenceProduct: "exp(Σ (lp_old − lp_sampler))"
            case .sequenceGeometric: "exp(mean (lp_old − lp_sampler))"
            }
        }
        return switch self {
        case .none: "c = 1"
        case .truncated(let level, let low, let high):
            "c = clip(\(ratio(level)), \(shown(low ?? 0)), \(shown(high)))"
        case .masked(let level, let low, let high):
            "c = \(ratio(level)) within \(shown(low ?? 0))…\(shown(high)), else 0"
        }
    }
}

extension KLTerm: ObjectiveAxis {
    static let names = [
        "kl_coefficient", "kl_estimator", "kl_placement", "kl_ratio_weighted", "kl_corrected",
        "kl_target", "kl_horizon",
    ]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> KLTerm {
        var term = self
        term.coefficient = try reader.number("kl_coefficient") ?? coefficient
        term.estimator = try reader.choice("kl_estimator", KLEstimator.self) ?? estimator
        term.placement = try reader.choice("kl_placement", Placement.self) ?? placement
        term.isRatioWeighted = try reader.flag("kl_ratio_weighted") ?? isRatioWeighted
        term.isCorrected = try reader.flag("kl_corrected") ?? isCorrected
        if let target = try reader.optional("kl_target") {
            term.control = target.map { Control(target: $0, horizon: control?.horizon ?? 10_000) }
        }
        if let horizon = try reader.number("kl_horizon") {
            guard term.control != nil else {
                throw .invalidSetting(axis: "kl_horizon", reason: "there is no `kl_target`")
            }
            term.control?.horizon = horizon
        }
        return term
    }

    var settings: [(String, JSONValue)] {
        var settings: [(String, JSONValue)] = [
            ("kl_coefficient", .setting(coefficient)),
            ("kl_estimator", .string(estimator.rawValue)),
            ("kl_placement", .string(placement.rawValue)),
            ("kl_ratio_weighted", .bool(isRatioWeighted)), ("kl_corrected", .bool(isCorrected)),
            ("kl_target", control.map { .setting($0.target) } ?? .string("none")),
        ]
        if let control { settings.append(("kl_horizon", .setting(control.horizon))) }
        return settings
    }

    var formula: String {
        guard coefficient != 0 || control != nil else { return "none" }
        let estimate =
            switch estimator {
            case .k1: "−d"
            case .k2: "d²/2"
            case .k3: "e^d − d − 1"
            case .k3StraightThrough: "e^d − d − 1 with the gradient of d²/2"
            case .absolute: "|d|"
            }
        let place = placement == .loss ? "added to ℓ" : "taken off each token's reward"
        return "\(shown(coefficient))·" + (isRatioWeighted ? "ρ·" : "")
            + "(\(estimate)), d = lp_ref − lp, \(place)"
            + (control.map {
                "; the factor moves by up to a fifth over \(shown($0.horizon)) rollouts to hold "
                    + "\(shown($0.target))"
            } ?? "")
    }
}

extension Aggregation: ObjectiveAxis {
    static let names = ["aggregation", "constant_length"]

    private var word: String {
        switch self {
        case .tokenMean: "token_mean"
        case .sequenceMeanTokenMean: "sequence_mean_token_mean"
        case .sequenceMeanTokenMeanNonEmpty: "sequence_mean_token_mean_non_empty"
        case .constant: "constant"
        case .sequenceMeanTokenSum: "sequence_mean_token_sum"
        case .tokenSum: "token_sum"
        }
    }

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> Aggregation {
        let length = try reader.integer("constant_length")
        let kinds: [Aggregation] = [
            .tokenMean, .sequenceMeanTokenMean, .sequenceMeanTokenMeanNonEmpty,
            .sequenceMeanTokenSum, .tokenSum,
        ]
        guard let word = try reader.word("aggregation", kinds.map(\.word) + ["constant"]) else {
            guard case .constant(let old) = self else {
                try reader.refuse(["constant_length"], of: self.word)
                return self
            }
            return .constant(length: length ?? old)
        }
        if word == "constant" {
            guard let length else {
                throw .invalidSetting(axis: "aggregation", reason: "`constant_length` is missing")
            }
            return .constant(length: length)
        }
        try reader.refuse(["constant_length"], of: word)
        return kinds.first { $0.word == word } ?? self
    }

    var settings: [(String, JSONValue)] {
        guard case .constant(let length) = self else { return [("aggregation", .string(word))] }
        return [("aggregation", .string(word)), ("constant_length", .setting(length))]
    }

    var formula: String {
        switch self {
        case .tokenMean: "w = 1/Σ|o|"
        case .sequenceMeanTokenMean: "w = 1/(|o_i|·B), fully masked rollouts counted in B"
        case .sequenceMeanTokenMeanNonEmpty: "w = 1/(|o_i|·B), B without fully masked rollouts"
        case .constant(let length): "w = 1/(\(length)·B)"
        case .sequenceMeanTokenSum: "w = 1/B"
        case .tokenSum: "w = 1"
        }
    }
}

extension DenominatorScope: ObjectiveAxis {
    static let names = ["denominator"]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> DenominatorScope {
        try reader.choice("denominator", DenominatorScope.self) ?? self
    }

    var settings: [(String, JSONValue)] { [("denominator", .string(rawValue))] }

    var formula: String {
        self == .retained ? "Σ|o| and B run over S" : "Σ|o| and B run over all G"
    }
}

extension TokenSelection: ObjectiveAxis {
    static let names = ["tokens", "token_share"]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> TokenSelection {
        var selection = self
        switch try reader.kind("tokens", ["all", "highest_entropy"], of: self) {
        case "all": selection = .all
        case "highest_entropy": selection = .highestEntropy(share: 0.2)
        default: break
        }
        guard case .highestEntropy(let share) = selection else {
            try reader.refuse(["token_share"], of: "all")
            return selection
        }
        return .highestEntropy(share: try reader.number("token_share") ?? share)
    }

    var settings: [(String, JSONValue)] {
        guard case .highestEntropy(let share) = self else { return [("tokens", .string("all"))] }
        return [("tokens", .string("highest_entropy")), ("token_share", .setting(share))]
    }

    var formula: String {
        guard case .highestEntropy(let share) = self else { return "every trained token" }
        return "ℓ on the tokens of the top \(shown(share)) in entropy alone"
    }
}

extension EntropyTerm: ObjectiveAxis {
    static let names = [
        "entropy_coefficient", "entropy_target", "entropy_step", "entropy_maximum",
    ]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> EntropyTerm {
        var term = self
        term.coefficient = try reader.number("entropy_coefficient") ?? coefficient
        if let target = try reader.optional("entropy_target") {
            var next = control ?? Control()
            next.target = target ?? next.target
            term.control = target == nil ? nil : next
        }
        if term.control == nil { try reader.refuse(Array(Self.names.dropFirst(2)), of: "none") }
        if let step = try reader.number("entropy_step") { term.control?.step = step }
        if let maximum = try reader.number("entropy_maximum") { term.control?.maximum = maximum }
        return term
    }

    var settings: [(String, JSONValue)] {
        let start: [(String, JSONValue)] = [("entropy_coefficient", .setting(coefficient))]
        guard let control else { return start + [("entropy_target", .string("none"))] }
        return start + [
            ("entropy_target", .setting(control.target)), ("entropy_step", .setting(control.step)),
            ("entropy_maximum", .setting(control.maximum)),
        ]
    }

    var formula: String {
        if let control {
            return "−α·H, α ± \(shown(control.step)) a step towards H = \(shown(control.target)), "
                + "within 0…\(shown(control.maximum))"
        }
        return coefficient == 0 ? "none" : "−\(shown(coefficient))·H"
    }
}
