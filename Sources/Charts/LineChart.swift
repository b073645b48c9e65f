import Foundation

/// A line chart as SVG: several named series over a shared x axis, with ticks, legend and a
/// title that a screen reader reads.
package struct LineChart {
    /// One line of the chart.
    package struct Series {
        var name: String
        var points: [(x: Double, y: Double)]
        /// Drawn dashed, for a second arm.
        var isDashed = false

        /// A line from its points.
        package init(name: String, points: [(x: Double, y: Double)], isDashed: Bool = false) {
            self.name = name
            self.points = points
            self.isDashed = isDashed
        }
    }

    package var title: String
    var unit: String
    var series: [Series]
    /// Fixed bounds, for shares; nil follows the data.
    var range: ClosedRange<Double>?
    /// Vertical marks with a word, such as promotions.
    package var marks: [(x: Double, label: String)]

    /// A chart from its parts.
    package init(
        title: String, unit: String, series: [Series], range: ClosedRange<Double>? = nil,
        marks: [(x: Double, label: String)] = []
    ) {
        self.title = title
        self.unit = unit
        self.series = series
        self.range = range
        self.marks = marks
    }

    static let colours = [
        "#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f",
    ]
    private static let (width, height) = (560.0, 260.0)
    private static let (left, right, top, bottom) = (56.0, 12.0, 34.0, 30.0)

    /// The `<figure>` with the chart; nil where no series has a point.
    package func html() -> String? {
        let drawn = series.map { series in
            Series(
                name: series.name,
                points: series.points.filter { $0.x.isFinite && $0.y.isFinite },
                isDashed: series.isDashed)
        }.filter { !$0.points.isEmpty }
        guard !drawn.isEmpty else { return nil }
        let xs = drawn.flatMap { $0.points.map(\.x) }
        let ys = drawn.flatMap { $0.points.map(\.y) }
        let xRange = Self.widened((xs.min() ?? 0)...(xs.max() ?? 1), by: 0)
        let yRange = range ?? Self.widened((ys.min() ?? 0)...(ys.max() ?? 1), by: 0.06)
        let inner = (
            x: Self.width - Self.left - Self.right, y: Self.height - Self.top - Self.bottom
        )
        func x(_ value: Double) -> Double {
            Self.left + (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
                * inner.x
        }
        func y(_ value: Double) -> Double {
            let share = (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
            return Self.top + (1 - min(max(share, 0), 1)) * inner.y
        }
        var svg = "<figure><svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\""
        svg += " aria-label=\"\(title.escapedForHTML)\"><text class=\"title\" x=\"\(Self.left)\""
        svg += " y=\"16\">\(title.escapedForHTML)</text>"
        for tick in Self.ticks(yRange, count: 5) {
            let place = Self.show(y(tick))
            svg += "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\""
            svg += " y1=\"\(place)\" y2=\"\(place)\"/><text class=\"tick end\""
            svg +=
                " x=\"\(Self.left - 6)\" y=\"\(Self.show(y(tick) + 4))\">\(Self.show(tick))</text>"
        }
        for tick in Self.ticks(xRange, count: 7) {
            svg += "<text class=\"tick middle\" x=\"\(Self.show(x(tick)))\""
            svg += " y=\"\(Self.height - 10)\">\(Self.show(tick))</text>"
        }
        for mark in marks where xRange.contains(mark.x) {
            let place = Self.show(x(mark.x))
            svg += "<line class=\"mark\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(Self.top)\""
            svg += " y2=\"\(Self.height - Self.bottom)\"><title>\(mark.label.escapedForHTML)"
            svg += "</title></line>"
        }
        for (index, line) in drawn.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            let path = line.points.map { "\(Self.show(x($0.x))),\(Self.show(y($0.y)))" }
                .joined(separator: " ")
            svg += "<polyline points=\"\(path)\" stroke=\"\(colour)\""
            svg += line.isDashed ? " stroke-dasharray=\"5 4\"/>" : "/>"
            if line.points.count == 1, let only = line.points.first {
                svg +=
                    "<circle cx=\"\(Self.show(x(only.x)))\" cy=\"\(Self.show(y(only.y)))\" r=\"3\""
                svg += " fill=\"\(colour)\"/>"
            }
        }
        svg += "</svg><figcaption>"
        for (index, line) in drawn.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            svg += "<span><i style=\"background:\(colour)\"></i>\(line.name.escapedForHTML)"
            svg += " <b>\(Self.show(line.points.last?.y ?? 0))\(unit)</b></span>"
        }
        return svg + "</figcaption></figure>"
    }

    /// A range with some air, never empty.
    static func widened(_ range: ClosedRange<Double>, by share: Double)
        -> ClosedRange<Double>
    {
        let span = range.upperBound - range.lowerBound
        if span == 0 { return range.lowerBound - 0.5...range.upperBound + 0.5 }
        return range.lowerBound - span * share...range.upperBound + span * share
    }

    /// Round numbers within a range: 1, 2 or 5 times a power of ten apart.
    package static func ticks(_ range: ClosedRange<Double>, count: Int) -> [Double] {
        let raw = (range.upperBound - range.lowerBound) / Double(max(count, 1))
        guard raw > 0, raw.isFinite else { return [range.lowerBound] }
        let magnitude = pow(10, floor(log10(raw)))
        let step = [1, 2, 5, 10].map { $0 * magnitude }.first { $0 >= raw } ?? raw
        var tick = (range.lowerBound / step).rounded(.up) * step
        var ticks: [Double] = []
        while tick <= range.upperBound + step * 1e-9, ticks.count < 100 {
            ticks.append(abs(tick) < step * 1e-9 ? 0 : tick)
            tick += step
        }
        return ticks
    }

    /// A number as short as its size allows.
    package static func show(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e7 { return String(Int(value)) }
        let digits = abs(value) >= 100 ? 1 : abs(value) >= 1 ? 2 : abs(value) >= 0.01 ? 3 : 5
        return String(format: "%.\(digits)f", value)
    }
}
