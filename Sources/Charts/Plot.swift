import Foundation

/// The area of a line chart: where a value stands, and what is drawn around the lines.
struct Plot {
    static let (width, height) = (560.0, 270.0)
    static let (left, right, top, bottom) = (60.0, 548.0, 32.0, 232.0)

    let xRange: ClosedRange<Double>
    let yRange: ClosedRange<Double>

    init(x: ClosedRange<Double>, y: ClosedRange<Double>) {
        (xRange, yRange) = (x, y)
    }

    func x(_ value: Double) -> Double {
        let share = (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
        return Self.left + share * (Self.right - Self.left)
    }

    func y(_ value: Double) -> Double {
        let share = (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
        return Self.bottom - min(max(share, 0), 1) * (Self.bottom - Self.top)
    }

    /// What the script needs to draw in the same place: box, then ranges.
    var attributes: String {
        let box = [Self.left, Self.right, Self.top, Self.bottom]
        let ranges = [
            xRange.lowerBound, xRange.upperBound, yRange.lowerBound, yRange.upperBound,
        ]
        let numbers = (box + ranges).map { "\($0)" }.joined(separator: " ")
        return "data-plot=\"\(numbers)\""
    }

    /// Grid, ticks and the words on both axes.
    ///
    /// - Parameter isWhole: only whole numbers stand on the y axis.
    func axes(unit: String, isWhole: Bool) -> String {
        var html = ""
        let rows = LineChart.ticks(yRange, count: 5).filter { !isWhole || $0 == $0.rounded() }
        for (tick, label) in zip(rows, LineChart.labels(rows)) {
            let place = LineChart.show(y(tick))
            html += "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(place)\""
            html += " y2=\"\(place)\"/><text class=\"tick end\" x=\"\(Self.left - 6)\""
            html += " y=\"\(LineChart.show(y(tick) + 4))\">\(label)</text>"
        }
        let ticks = LineChart.ticks(xRange, count: 6).filter { $0 == $0.rounded() }
        for tick in ticks {
            html += "<text class=\"tick middle\" x=\"\(LineChart.show(x(tick)))\""
            html += " y=\"\(Self.bottom + 17)\">\(LineChart.show(tick))</text>"
        }
        html += "<text class=\"tick\" x=\"2\" y=\"12\">\(unit.escapedForHTML)</text>"
        return html + "<text class=\"tick end\" x=\"\(Self.right)\" y=\"\(Self.height - 4)\">"
            + "step</text>"
    }

    func mark(_ value: Double, label: String) -> String {
        let place = LineChart.show(x(value))
        return "<line class=\"mark\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(Self.top)\""
            + " y2=\"\(Self.bottom)\"><title>\(label.escapedForHTML)</title></line>"
    }

    func line(_ points: [(x: Double, y: Double)], _ names: String) -> String {
        let path = points.map { String(format: "%.1f,%.1f", x($0.x), y($0.y)) }
        return "<polyline class=\"\(names)\" points=\"\(path.joined(separator: " "))\"/>"
    }

    func dot(_ point: (x: Double, y: Double)) -> String {
        String(
            format: "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", x(point.x),
            y(point.y))
    }
}
