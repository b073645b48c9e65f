import Foundation
import Rollouts
import Testing

@testable import Charts

@Suite struct ChartTests {
    @Test("a chart draws what is finite and has ticks that are round")
    func chart() throws {
        let chart = LineChart(
            title: "Reward", unit: "%",
            series: [
                .init(name: "a", points: [(1, 0.5), (2, .nan), (3, 0.75)]),
                .init(name: "empty", points: []),
            ])
        let html = try #require(chart.html())
        #expect(html.contains("<polyline") && !html.contains("nan") && !html.contains("empty"))
        #expect(html.contains("data-x=\"1 3\" data-y=\"0.5 0.75\""))
        #expect(html.contains(">step</text>") && html.contains(">%</text>"))
        #expect(LineChart(title: "t", unit: "", series: []).html() == nil)
        #expect(LineChart.ticks(0...1, count: 5) == [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0])
        #expect(LineChart.ticks(3...3, count: 5) == [3])
        #expect(LineChart.labels([0, 0.2, 0.4, 1]) == ["0.0", "0.2", "0.4", "1.0"])
        #expect(LineChart.labels([0, 20_000, 40_000]) == ["0", "20000", "40000"])
        #expect(LineChart.labels([0.0002, 0.0004]) == ["0.0002", "0.0004"])
        #expect(LineChart.widened(0...0, by: 0.1) == 0...1)
        #expect(LineChart.widened(0...10, by: 0.1) == 0...11)
        #expect(LineChart.widened(-10...10, by: 0.1) == -12...12)
    }

    @Test("a running mean stays within its points, keeps what is constant, and is them at weight 0")
    func smoothing() {
        let points = (1...50).map { (x: Double($0), y: sin(Double($0 * $0))) }
        for weight in [0, 0.3, 0.6, 0.99] {
            let smooth = LineChart.smoothed(points, weight: weight)
            #expect(smooth.count == points.count && abs(smooth[0].y - points[0].y) < 1e-12)
            #expect(smooth.allSatisfy { abs($0.y) <= 1 })
            let flat = LineChart.smoothed(points.map { ($0.x, 2.5) }, weight: weight)
            #expect(flat.allSatisfy { abs($0.y - 2.5) < 1e-12 })
            if weight == 0 { #expect(smooth.map(\.y) == points.map(\.y)) }
        }
    }

    @Test(
        "a long line is drawn with bounded detail and the same mean", arguments: [600, 601, 7200])
    func thinning(count: Int) throws {
        let points = (0..<count).map { (x: Double($0), y: Double($0 % 2)) }
        let html = try #require(
            LineChart(title: "t", unit: "", series: [.init(name: "a", points: points)]).html())
        let data = try #require(html.firstMatch(of: /data-y="([^"]*)"/)).1.split(separator: " ")
        #expect(data.count <= 600 && data.count >= 300)
        let mean = data.compactMap { Double($0) }.reduce(0, +) / Double(data.count)
        #expect(abs(mean - 0.5) < 0.01)
    }

    @Test("a staircase keeps its corners and has whole ticks")
    func stairs() throws {
        let points = (0..<5000).map { (x: Double($0), y: $0 < 4321 ? 1.0 : 2.0) }
        let html = try #require(
            LineChart(
                title: "t", unit: "", series: [.init(name: "a", points: points)], style: .stepped
            ).html())
        #expect(html.contains("data-x=\"0 4321 4999\" data-y=\"1 2 2\""))
        #expect(!html.contains(">1.5</text>"))
    }

    @Test("the page's policy names the script by its hash, and allows none where there is none")
    func policy() throws {
        let hex = SHA256.hex(of: ChartScript.source)
        let bytes = stride(from: 0, to: hex.count, by: 2).compactMap { place in
            UInt8(hex.dropFirst(place).prefix(2), radix: 16)
        }
        #expect(Data(bytes).base64EncodedString() == ChartScript.hash)
        #expect(!ChartScript.source.contains("</"))
        let page = HTMLPage.text(title: "t", body: "", script: ChartScript.script)
        #expect(page.contains("script-src 'sha256-\(ChartScript.hash)'"))
        #expect(page.contains("<script>\(ChartScript.source)</script>"))
        let plain = HTMLPage.text(title: "<t>", body: "")
        #expect(!plain.contains("<script") && !plain.contains("script-src"))
        #expect(plain.contains("&lt;t&gt;"))
    }

    @Test("a histogram has a bar for each of a few values, and equal bins for many")
    func bins() {
        let few = Histogram.bins(for: [0, 1, 0.5], in: 0...1, whole: false)
        #expect(few == .values([0, 0.5, 1]))
        #expect(few.index(of: 0.5) == 1 && few.index(of: 0.25) == nil)
        let many = Histogram.bins(for: nil, in: -1...1, whole: false)
        guard case .equal(let range, let count) = many else {
            Issue.record("no bins")
            return
        }
        #expect(range == -1...1 && count == 40)
        #expect(many.index(of: -1) == 0 && many.index(of: 1) == 39 && many.index(of: 0) == 20)
        #expect(many.index(of: 1.1) == nil && many.index(of: .nan) == nil)
        // Bins of lengths hold whole numbers.
        let lengths = Histogram.bins(for: nil, in: 0...100, whole: true)
        #expect(lengths.index(of: 0) == 0 && lengths.index(of: 2) == 0 && lengths.index(of: 3) == 1)
        #expect(Histogram.bins(for: nil, in: 5...5, whole: false).index(of: 5) == 0)
    }

    @Test("every count is drawn, and hostile names are text")
    func drawing() throws {
        let histogram = Histogram(
            title: "<b>", bins: .values([0, 1]),
            series: [.init(name: "right", counts: [0, 3]), .init(name: "<i>", counts: [2, 1])])
        let html = try #require(histogram.html())
        #expect(!html.contains("<b>R") && !html.contains("<i>:") && html.contains("&lt;i&gt;"))
        #expect(html.components(separatedBy: "<rect").count - 1 == 3)
        #expect(Histogram(title: "", bins: .values([]), series: []).html() == nil)
        let empty = Histogram(title: "", bins: .values([0]), series: [.init(name: "", counts: [0])])
        #expect(empty.html() == nil)
    }
}
