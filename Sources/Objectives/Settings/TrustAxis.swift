import Rollouts

extension TrustGate: ObjectiveAxis {
    static let names = [
        "trust", "clip_low", "clip_high", "dual_clip", "temperature_positive",
        "temperature_negative", "cap", "power_positive", "rate_positive", "power_negative",
        "rate_negative", "strength", "fraction", "coefficient", "covariance_from", "covariance_to",
    ]

    /// The numbers that each kind has.
    private var ownNames: [String] {
        switch self {
        case .none, .reinforce: []
        case .clip: ["clip_low", "clip_high", "dual_clip"]
        case .sigmoid: ["temperature_positive", "temperature_negative"]
        case .detachedCap: ["cap"]
        case .detachedBand: ["clip_low", "clip_high"]
        case .detachedGamma:
            ["power_positive", "rate_positive", "power_negative", "rate_negative"]
        case .quadratic: ["strength"]
        case .covarianceKL: ["fraction", "coefficient"]
        case .covarianceClip:
            ["clip_low", "clip_high", "fraction", "covariance_from", "covariance_to"]
        }
    }

    private var word: String {
        switch self {
        case .none: "none"
        case .reinforce: "reinforce"
        case .clip: "clip"
        case .sigmoid: "sigmoid"
        case .detachedCap: "cap"
        case .detachedBand: "band"
        case .detachedGamma: "gamma"
        case .quadratic: "quadratic"
        case .covarianceKL: "covariance_kl"
        case .covarianceClip: "covariance_clip"
        }
    }

    /// Each kind with its usual numbers.
    private static let usual: [TrustGate] = [
        .none, .reinforce, .clip(low: 0.2, high: 0.2),
        .sigmoid(temperaturePositive: 1, temperatureNegative: 1.05), .detachedCap(maximum: 5),
        .detachedBand(low: 0.2, high: 0.2), .detachedGamma(GammaShape()),
        .quadratic(strength: 0.5), .covarianceKL(fraction: 2e-4, coefficient: 1),
        .covarianceClip(low: 0.2, high: 0.2, fraction: 2e-4),
    ]

    func applying(_ reader: SettingReader) throws(ObjectiveError) -> TrustGate {
        var gate = self
        if let word = try reader.word("trust", Self.usual.map(\.word)), word != gate.word {
            gate = Self.usual.first { $0.word == word } ?? gate
        }
        let foreign = Self.names.dropFirst().filter { !gate.ownNames.contains($0) }
        try reader.refuse(Array(foreign), of: gate.word)
        return try gate.withNumbers(reader)
    }

    private func withNumbers(_ reader: SettingReader) throws(ObjectiveError) -> TrustGate {
        switch self {
        case .none, .reinforce: return self
        case .clip(let low, let high, let dual):
            return .clip(
                low: try reader.number("clip_low") ?? low,
                high: try reader.number("clip_high") ?? high,
                dual: try reader.optional("dual_clip") ?? dual)
        case .sigmoid(let positive, let negative):
            return .sigmoid(
                temperaturePositive: try reader.number("temperature_positive") ?? positive,
                temperatureNegative: try reader.number("temperature_negative") ?? negative)
        case .detachedCap(let maximum):
            return .detachedCap(maximum: try reader.number("cap") ?? maximum)
        case .detachedBand(let low, let high):
            return .detachedBand(
                low: try reader.number("clip_low") ?? low,
                high: try reader.number("clip_high") ?? high)
        case .detachedGamma(let old):
            var shape = old
            shape.powerPositive = try reader.number("power_positive") ?? old.powerPositive
            shape.ratePositive = try reader.number("rate_positive") ?? old.ratePositive
            shape.powerNegative = try reader.number("power_negative") ?? old.powerNegative
            shape.rateNegative = try reader.number("rate_negative") ?? old.rateNegative
            return .detachedGamma(shape)
        case .quadratic(let strength):
            return .quadratic(strength: try reader.number("strength") ?? strength)
        case .covarianceKL(let fraction, let coefficient):
            return .covarianceKL(
                fraction: try reader.number("fraction") ?? fraction,
                coefficient: try reader.number("coefficient") ?? coefficient)
        case .covarianceClip(let low, let high, let fraction, let from, let to):
            return .covarianceClip(
                low: try reader.number("clip_low") ?? low,
                high: try reader.number("clip_high") ?? high,
                fraction: try reader.number("fraction") ?? fraction,
                from: try reader.number("covariance_from") ?? from,
                to: try reader.number("covariance_to") ?? to)
        }
    }

    var settings: [(String, JSONValue)] {
        [("trust", .string(word))] + zip(ownNames, numbers).map { ($0, $1) }
    }

    /// The numbers of `ownNames`.
    private var numbers: [JSONValue] {
        switch self {
        case .none, .reinforce: []
        case .clip(let low, let high, let dual):
            [.setting(low), .setting(high), dual.map(JSONValue.setting) ?? .string("none")]
        case .sigmoid(let positive, let negative): [.setting(positive), .setting(negative)]
        case .detachedCap(let maximum): [.setting(maximum)]
        case .detachedBand(let low, let high): [.setting(low), .setting(high)]
        case .detachedGamma(let shape):
            [
                .setting(shape.powerPositive), .setting(shape.ratePositive),
                .setting(shape.powerNegative), .setting(shape.rateNegative),
            ]
        case .quadratic(let strength): [.setting(strength)]
        case .covarianceKL(let fraction, let coefficient):
            [.setting(fraction), .setting(coefficient)]
        case .covarianceClip(let low, let high, let fraction, let from, let to):
            [low, high, fraction, from, to].map(JSONValue.setting)
        }
    }

    var formula: String {
        switch self {
        case .none: "ℓ = −ρÂ"
        case .reinforce: "ℓ = −Â·lp"
        case .clip(let low, let high, let dual):
            "ℓ = −min(ρÂ, clip(ρ, \(shown(1 - low)), \(shown(1 + high)))Â)"
                + (dual.map { ", at most \(shown($0))|Â| where Â < 0" } ?? "")
        case .sigmoid(let positive, let negative):
            "ℓ = −(4/τ)σ(τ(ρ − 1))Â, τ = \(shown(positive)) where Â > 0, else \(shown(negative))"
        case .detachedCap(let maximum): "ℓ = −sg(min(ρ, \(shown(maximum))))·Â·lp"
        case .detachedBand(let low, let high):
            "ℓ = −sg(clip(ρ, \(shown(1 - low)), \(shown(1 + high))))·Â·lp"
        case .detachedGamma(let shape):
            "ℓ = −sg(ρ^k·e^(λ(1 − ρ)))·Â·lp, k, λ = \(shown(shape.powerPositive)), "
                + "\(shown(shape.ratePositive)) where Â ≥ 0, else \(shown(shape.powerNegative)), "
                + shown(shape.rateNegative)
        case .quadratic(let strength): "ℓ = −Â·lp + \(shown(strength / 2))·(log ρ)²"
        case .covarianceKL(let fraction, let coefficient):
            "ℓ = −ρÂ, + \(shown(coefficient))·|log ρ| on the \(shown(fraction)) of tokens of "
                + "largest (Â − mean)(lp − mean)"
        case .covarianceClip(let low, let high, let fraction, let from, let to):
            "ℓ = −min(ρÂ, clip(ρ, \(shown(1 - low)), \(shown(1 + high)))Â), 0 on a random "
                + "\(shown(fraction)) of tokens with (Â − mean)(lp − mean) in "
                + "\(shown(from))…\(shown(to))"
        }
    }
}
