import Foundation

/// A histogram as SVG: stacked bars of several series over shared bins.
package struct Histogram {
    /// What a bar stands for.
    package enum Bins: Equatable {
        /// One bar a value, ascending.
        case values([Double])
        /// Bars of equal width, the last one holding its upper end.
        case equal(ClosedRange<Double>, count: Int)

        /// How many there are.
        package var count: Int {
            switch self {
            case .values(let values): values.count
            case .equal(_, let count): count
            }
        }

        /// The bin of `value`; nil outside of all.
        package func index(of value: Double) -> Int? {
            switch self {
            case .values(let values): return values.firstIndex(of: value)
            case .equal(let range, let count):
                guard range.contains(value) else { return nil }
                let span = range.upperBound - range.lowerBound
                guard span > 0 else { return 0 }
                let share = (value - range.lowerBound) / span
                return min(count - 1, Int(share * Double(count)))
            }
        }

        /// What the bin holds, in words.
        func label(_ index: Int) -> String {
            switch self {
            case .values(let values): return LineChart.show(values[index])
            case .equal(let range, let count):
                let step = (range.upperBound - range.lowerBound) / Double(count)
                let low = range.lowerBound + step * Double(index)
                return "\(LineChart.show(low)) to \(LineChart.show(low + step))"
            }
        }
    }

    /// Counts by bin.
    package struct Series {
        package var name: String
        package var counts: [Int]

        /// Counts under a name.
        package init(name: String, counts: [Int]) {
            self.name = name
            self.counts = counts
        }
    }

    package var title: String
    package var bins: Bins
    package var series: [Series]

    /// A histogram from its parts.
    package init(title: String, bins: Bins, series: [Series]) {
        self.title = title
        self.bins = bins
        self.series = series
    }

    /// Bins for data within `range`: one for each of its few `values`, else 40 of equal width, for
    /// `whole` numbers each with as many of them.
    package static func bins(
        for values: Set<Double>?, in range: ClosedRange<Double>, whole: Bool
    ) -> Bins {
        if let values { return .values(values.sorted()) }
        let span = range.upperBound - range.lowerBound
        guard span > 0 else { return .equal(range, count: 1) }
        guard whole else { return .equal(range, count: 40) }
        let width = max(1, ((span + 1) / 40).rounded(.up))
        let count = max(1, ((span + 1) / width).rounded(.up))
        return .equal(range.lowerBound...range.lowerBound + width * count, count: Int(count))
    }

    /// Right, wrong, neither; then whatever else there is.
    private static let colours = [2, 1, Palette.grey, 0]
    private static let (width, height) = (560.0, 240.0)
    private static let (left, right, top, bottom) = (56.0, 12.0, 34.0, 30.0)

    /// The `<figure>`; nil where nothing was counted.
    package func html() -> String? {
        let totals = (0..<bins.count).map { bin in series.reduce(0) { $0 + $1.counts[bin] } }
        guard let most = totals.max(), most > 0 else { return nil }
        let highest = LineChart.widened(0...Double(most), by: 0.04).upperBound
        let inner = (
            x: Self.width - Self.left - Self.right, y: Self.height - Self.top - Self.bottom
        )
        func y(_ count: Double) -> Double { Self.top + (1 - count / highest) * inner.y }
        var svg = "<figure><svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\""
        svg += " aria-label=\"\(title.escapedForHTML)\"><text class=\"title\" x=\"\(Self.left)\""
        svg += " y=\"16\">\(title.escapedForHTML)</text>"
        for tick in LineChart.ticks(0...highest, count: 4) where tick == tick.rounded() {
            let place = LineChart.show(y(tick))
            svg += "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\""
            svg += " y1=\"\(place)\" y2=\"\(place)\"/><text class=\"tick end\""
            svg += " x=\"\(Self.left - 6)\" y=\"\(LineChart.show(y(tick) + 4))\">"
            svg += "\(LineChart.show(tick))</text>"
        }
        let step = inner.x / Double(bins.count)
        let gap = step > 8 ? min(step * 0.25, 24) : 0.5
        for bin in 0..<bins.count {
            var below = 0
            for (index, line) in series.enumerated() where line.counts[bin] > 0 {
                let (from, to) = (Double(below), Double(below + line.counts[bin]))
                below += line.counts[bin]
                svg += "<rect x=\"\(LineChart.show(Self.left + step * Double(bin) + gap / 2))\""
                svg += " y=\"\(LineChart.show(y(to)))\" width=\"\(LineChart.show(step - gap))\""
                svg += " height=\"\(LineChart.show(y(from) - y(to)))\""
                svg += " class=\"bar c\(Self.colours[index % Self.colours.count])\"><title>"
                svg += "\(bins.label(bin)), \(line.name.escapedForHTML): \(line.counts[bin])"
                svg += "</title></rect>"
            }
        }
        svg += labels(step) + "</svg><figcaption>"
        for (index, line) in series.enumerated() where line.counts.contains(where: { $0 > 0 }) {
            svg += "<span><i class=\"c\(Self.colours[index % Self.colours.count])\"></i>"
            svg += "\(line.name.escapedForHTML) <b>\(line.counts.reduce(0, +))</b></span>"
        }
        return svg + "</figcaption></figure>"
    }

    private func labels(_ step: Double) -> String {
        let places: [(at: Double, text: String)]
        switch bins {
        case .values(let values):
            let every = max(1, values.count / 8)
            places = values.enumerated().filter { $0.offset % every == 0 }.map {
                (step * (Double($0.offset) + 0.5), LineChart.show($0.element))
            }
        case .equal(let range, _):
            let span = max(range.upperBound - range.lowerBound, .leastNonzeroMagnitude)
            places = LineChart.ticks(range, count: 7).map {
                (
                    ($0 - range.lowerBound) / span * (Self.width - Self.left - Self.right),
                    LineChart.show($0)
                )
            }
        }
        return places.map {
            "<text class=\"tick middle\" x=\"\(LineChart.show(Self.left + $0.at))\""
                + " y=\"\(Self.height - 10)\">\($0.text)</text>"
        }.joined()
    }
}
