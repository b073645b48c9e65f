import Foundation

/// SplitMix64: a small seeded generator whose streams are equal on every platform.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable, Equatable, Codable {
    /// The whole state.
    public private(set) var state: UInt64

    /// A generator whose stream depends on `seed` alone.
    public init(seed: UInt64) { state = seed }

    /// A generator for one purpose of one run: keys such as (seed, step, row) give independent
    /// streams, so that nothing random needs to be stored to resume.
    public init(seed: UInt64, _ keys: UInt64...) {
        state = seed
        for key in keys { state = Self.mix(state &+ 0x9E37_79B9_7F4A_7C15) ^ Self.mix(key) }
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// Uniform in 0..<1 with 53 bits.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform and unbiased in 0..<bound, the same on every platform and Swift version.
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "an empty range has no number")
        let range = UInt64(bound)
        while true {
            let product = next().multipliedFullWidth(by: range)
            if product.low >= (0 &- range) % range { return Int(product.high) }
        }
    }

    /// Standard normal, by Box–Muller.
    public mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * Double.pi * uniform())
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
