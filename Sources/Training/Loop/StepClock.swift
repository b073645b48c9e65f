import Foundation

/// Times steps and smooths their rate.
struct StepClock {
    private var begin = ContinuousClock.now
    private(set) var rate = 0.0

    /// Seconds since `start`.
    var elapsed: Double { (ContinuousClock.now - begin) / .seconds(1) }

    /// The smoothed rate, before the first step's end that of the step so far.
    var currentRate: Double { rate > 0 ? rate : 1 / max(elapsed, 1e-9) }

    /// Forgets the rate: what follows takes another time a step.
    mutating func reset() { rate = 0 }

    mutating func start() { begin = .now }

    /// Seconds of the step; updates the smoothed rate.
    mutating func stop() -> Double {
        let seconds = elapsed
        let latest = 1 / max(seconds, 1e-9)
        rate = rate == 0 ? latest : 0.9 * rate + 0.1 * latest
        return seconds
    }
}

/// `0.8125` as `81.2%`.
func percent(_ share: Double) -> String { "\(rounded(share * 100))%" }

/// A number with one decimal.
func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
