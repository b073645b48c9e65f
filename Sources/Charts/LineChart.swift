import Foundation

/// A line chart as SVG: several named series over a shared x axis, with ticks, units, legend and a
/// title that a screen reader reads.
///
/// It is whole without a script; `ChartScript` adds values under the pointer, smoothing and series that can be
/// switched off.
package struct LineChart {
    /// One line of the chart.
    package struct Series {
        var name: String
        var points: [(x: Double, y: Double)]
        /// Place in the palette; nil takes the series' own.
        var colour: Int?
        /// How it is dashed: 0 not at all.
        var dash: Int

        /// A line from its points.
        package init(
            name: String, points: [(x: Double, y: Double)], colour: Int? = nil, dash: Int = 0
        ) {
            self.name = name
            self.points = points
            self.colour = colour
            self.dash = dash
        }
    }

    /// How points become a line.
    package enum Style {
        /// Straight from point to point.
        case plain
        /// Faint as it is, with a running mean over it.
        case smoothed
        /// Holds its value until the next point.
        case stepped
    }

    package var title: String
    var unit: String
    package var series: [Series]
    /// Fixed bounds, for shares; nil follows the data.
    var range: ClosedRange<Double>?
    /// Vertical marks with a word, such as promotions.
    package var marks: [(x: Double, label: String)]
    var style: Style

    /// A chart from its parts; x counts steps.
    package init(
        title: String, unit: String, series: [Series], range: ClosedRange<Double>? = nil,
        marks: [(x: Double, label: String)] = [], style: Style = .plain
    ) {
        self.title = title
        self.unit = unit
        self.series = series
        self.range = range
        self.marks = marks
        self.style = style
    }

    /// Weight of the past in the running mean, where nobody moves the slider.
    package static let smoothing = 0.8
    /// A line has at most so many points: there are no more places to draw them.
    package static let mostPoints = 600

    /// The `<figure>` with the chart; nil where no series has a point.
    package func html() -> String? {
        let drawn = series.enumerated().map { index, series in
            Series(
                name: series.name,
                points: thinned(series.points.filter { $0.x.isFinite && $0.y.isFinite }),
                colour: series.colour ?? index, dash: series.dash)
        }.filter { !$0.points.isEmpty }
        guard !drawn.isEmpty else { return nil }
        let xs = drawn.flatMap { $0.points.map(\.x) }
        let ys = drawn.flatMap { $0.points.map(\.y) }
        let plot = Plot(
            x: Self.widened((xs.min() ?? 0)...(xs.max() ?? 1), by: 0),
            y: range ?? Self.widened((ys.min() ?? 0)...(ys.max() ?? 1), by: 0.06))
        var html = "<figure class=\"chart\" data-unit=\"\(suffix)\">"
        html += "<h3>\(title.escapedForHTML)</h3>"
        html += "<svg viewBox=\"0 0 \(Int(Plot.width)) \(Int(Plot.height))\" role=\"img\""
        html += " tabindex=\"0\" aria-label=\"\(title.escapedForHTML)\" \(plot.attributes)>"
        html += plot.axes(unit: unit, isWhole: style == .stepped)
        for mark in marks where plot.xRange.contains(mark.x) {
            html += plot.mark(mark.x, label: mark.label)
        }
        for line in drawn { html += svg(line, plot) }
        html += "<line class=\"cursor\" y1=\"\(Plot.top)\" y2=\"\(Plot.bottom)\"/></svg>"
        return html + legend(drawn) + "</figure>"
    }

    private func svg(_ line: Series, _ plot: Plot) -> String {
        let names = "c\((line.colour ?? 0) % Palette.count) d\(line.dash % Palette.dashes)"
        let data = { (values: [Double]) in
            values.map { String(format: "%.6g", $0) }.joined(separator: " ")
        }
        var html = "<g class=\"series \(names)\" data-name=\"\(line.name.escapedForHTML)\""
        html += " data-x=\"\(data(line.points.map(\.x)))\""
        html += " data-y=\"\(data(line.points.map(\.y)))\">"
        switch style {
        case .plain: html += plot.line(line.points, "line")
        case .smoothed:
            html += plot.line(line.points, "raw")
            html += plot.line(Self.smoothed(line.points, weight: Self.smoothing), "line smooth")
        case .stepped: html += plot.line(Self.stairs(line.points), "line")
        }
        if line.points.count == 1 || (style == .plain && line.points.count <= 40) {
            for point in line.points { html += plot.dot(point) }
        }
        return html + "</g>"
    }

    private func legend(_ drawn: [Series]) -> String {
        let entries = drawn.map { line in
            let names = "c\((line.colour ?? 0) % Palette.count) d\(line.dash % Palette.dashes)"
            let last = line.points.last.map { Self.show($0.y) } ?? ""
            return "<span class=\"entry\"><svg class=\"key \(names)\" viewBox=\"0 0 24 8\">"
                + "<line class=\"line\" x1=\"0\" x2=\"24\" y1=\"4\" y2=\"4\"/></svg>"
                + "\(line.name.escapedForHTML) <b>\(last)\(suffix)</b></span>"
        }
        return "<figcaption>\(entries.joined())</figcaption>"
    }

    /// What follows a number: the axis names units that are words.
    private var suffix: String { unit == "%" ? " %" : "" }

    // MARK: Points

    /// Means of neighbours where there are more points than places; a staircase keeps its corners.
    private func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        if style == .stepped {
            return points.indices.filter {
                $0 == 0 || $0 == points.count - 1 || points[$0].y != points[$0 - 1].y
            }.map { points[$0] }
        }
        let each = (points.count + Self.mostPoints - 1) / Self.mostPoints
        guard each > 1 else { return points }
        return stride(from: 0, to: points.count, by: each).map { start in
            let bin = points[start..<min(start + each, points.count)]
            let count = Double(bin.count)
            return (bin.reduce(0) { $0 + $1.x } / count, bin.reduce(0) { $0 + $1.y } / count)
        }
    }

    /// An exponential running mean without a pull towards 0 at its start.
    package static func smoothed(
        _ points: [(x: Double, y: Double)], weight: Double
    ) -> [(x: Double, y: Double)] {
        var (sum, total) = (0.0, 0.0)
        return points.map { point in
            sum = sum * weight + point.y * (1 - weight)
            total = total * weight + 1 - weight
            return (point.x, sum / total)
        }
    }

    private static func stairs(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        zip(points, points.dropFirst()).flatMap { [$0, (x: $1.x, y: $0.y)] } + points.suffix(1)
    }

    /// A range with some air, never empty; what is never negative gets no place below 0.
    static func widened(_ range: ClosedRange<Double>, by share: Double)
        -> ClosedRange<Double>
    {
        let span = range.upperBound - range.lowerBound
        if span == 0 {
            let value = range.lowerBound
            return value == 0 ? 0...1 : value - abs(value) / 2...value + abs(value) / 2
        }
        let low = range.lowerBound - span * share
        return (range.lowerBound >= 0 ? max(0, low) : low)...range.upperBound + span * share
    }

    /// Ticks as text, all with as many digits as tell them apart.
    static func labels(_ ticks: [Double]) -> [String] {
        guard ticks.count > 1 else { return ticks.map(show) }
        let step = abs(ticks[1] - ticks[0])
        let most = ticks.map(abs).max() ?? 0
        if most >= 1e7 || step < 1e-5 { return ticks.map { String(format: "%.3g", $0) } }
        let digits = max(0, Int((-log10(step)).rounded(.up) + 0.5))
        return ticks.map { String(format: "%.\(digits)f", $0) }
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
        if abs(value) >= 1e7 || abs(value) < 1e-4 { return String(format: "%.3g", value) }
        let digits = abs(value) >= 100 ? 1 : abs(value) >= 1 ? 2 : abs(value) >= 0.01 ? 3 : 5
        return String(format: "%.\(digits)f", value)
    }
}
