import Foundation

/// Quantiles of a stream in bounded memory: a merging t-digest.
///
/// Up to 512 values they are exact, by linear interpolation. Beyond, neighbours are merged, the fewer
/// the nearer to the ends. Equal streams give equal digests, and the state is `Codable`.
///
/// Source: Dunning and Ertl, arXiv:1902.04023, scale function k₁ with compression 200.
public struct QuantileDigest: Sendable, Equatable, Codable {
    private struct Centroid: Sendable, Equatable, Codable {
        var mean: Double
        var weight: Int
    }

    /// Values seen.
    public private(set) var count = 0
    /// Ascending by mean.
    private var centroids: [Centroid] = []

    private static let most = 512
    private static let compression = 200.0

    /// A digest of nothing.
    public init() {}

    /// Takes a value.
    ///
    /// - Precondition: it is finite.
    public mutating func add(_ value: Double) {
        var lower = 0
        var upper = centroids.count
        while lower < upper {
            let middle = (lower + upper) / 2
            if centroids[middle].mean <= value { lower = middle + 1 } else { upper = middle }
        }
        centroids.insert(Centroid(mean: value, weight: 1), at: lower)
        count += 1
        if centroids.count > Self.most { compress() }
    }

    /// The value below which a fraction of the stream lies, interpolated; nil of nothing.
    public func quantile(_ fraction: Double) -> Double? {
        guard let first = centroids.first, let last = centroids.last else { return nil }
        let place = min(max(fraction, 0), 1) * Double(count - 1)
        var before = (centre: 0.0, mean: first.mean)
        var start = 0
        for centroid in centroids {
            let centre = Double(start) + Double(centroid.weight - 1) / 2
            if place <= centre {
                guard centre > before.centre else { return centroid.mean }
                let share = (place - before.centre) / (centre - before.centre)
                return before.mean + share * (centroid.mean - before.mean)
            }
            before = (centre, centroid.mean)
            start += centroid.weight
        }
        return last.mean
    }

    /// Merges neighbours as long as they cover less than one unit of the scale function.
    private mutating func compress() {
        func scale(_ fraction: Double) -> Double {
            Self.compression / (2 * .pi) * asin(2 * min(max(fraction, 0), 1) - 1)
        }
        var merged: [Centroid] = []
        var current = centroids[0]
        var start = 0
        for centroid in centroids.dropFirst() {
            let weight = current.weight + centroid.weight
            let end = Double(start + weight) / Double(count)
            if scale(end) - scale(Double(start) / Double(count)) <= 1 {
                current.mean +=
                    (centroid.mean - current.mean) * Double(centroid.weight) / Double(weight)
                current.weight = weight
            } else {
                merged.append(current)
                start += current.weight
                current = centroid
            }
        }
        merged.append(current)
        centroids = merged
    }
}
