import Foundation

extension LineChart {
    /// The chart as an SVG file that stands alone, with its legend below; nil where no series has a point.
    package func document() -> String? {
        guard let figure = html(), let start = figure.range(of: "<svg "),
            let end = figure.range(of: "</svg>")
        else { return nil }
        let shown = series.enumerated().filter { !$0.element.points.isEmpty }
        let rows = Double((shown.count + 1) / 2)
        let height = Plot.height + 26 + 20 * rows
        var inner = String(figure[start.lowerBound..<end.upperBound])
        inner = inner.replacingOccurrences(
            of: "<svg viewBox=",
            with: "<svg y=\"22\" width=\"\(Plot.width)\" height=\"\(Plot.height)\" viewBox=")
        var text = "<svg xmlns=\"http://www.w3.org/2000/svg\""
        text += " viewBox=\"0 0 \(Int(Plot.width)) \(Int(height))\" font-family=\"sans-serif\">"
        text += "<style>\(Self.style)</style>"
        text += "<rect class=\"ground\" width=\"\(Plot.width)\" height=\"\(height)\"/>"
        text += "<text class=\"title\" x=\"2\" y=\"16\">\(title.escapedForHTML)</text>\(inner)"
        for (place, entry) in shown.enumerated() {
            let (index, line) = entry
            let x = place % 2 == 0 ? Plot.left : Plot.left + (Plot.right - Plot.left) / 2
            let y = Plot.height + 38 + 20 * Double(place / 2)
            let names =
                "c\((line.colour ?? index) % Palette.count) d\(line.dash % Palette.dashes)"
            text += "<g class=\"\(names)\"><line class=\"line\" x1=\"\(x)\" x2=\"\(x + 24)\""
            text += " y1=\"\(y - 4)\" y2=\"\(y - 4)\"/></g>"
            text +=
                "<text class=\"name\" x=\"\(x + 30)\" y=\"\(y)\">\(line.name.escapedForHTML)</text>"
        }
        return text + "</svg>\n"
    }

    private static var style: String {
        """
        svg{\(Palette.lightVariables)--ink:#1c2430;--soft:#5b6675;--edge:#dde2e8;--ground:#fff}\
        @media(prefers-color-scheme:dark){svg{\(Palette.darkVariables)--ink:#e6eaf0;--soft:#9aa5b4;\
        --edge:#2c3440;--ground:#12161c}}\
        .ground{fill:var(--ground)}.title{font-size:14px;font-weight:600;fill:var(--ink)}\
        .name{font-size:12px;fill:var(--ink)}.grid{stroke:var(--edge)}.cursor{display:none}\
        .mark{stroke:var(--soft);stroke-dasharray:2 3}.tick{font-size:12px;fill:var(--soft)}\
        .end{text-anchor:end}.middle{text-anchor:middle}\
        .line,.raw{fill:none;stroke:var(--c);stroke-width:2}.raw{stroke-width:1;opacity:.18}\
        .dot{fill:var(--c)}\(Palette.classes)
        """
    }
}
