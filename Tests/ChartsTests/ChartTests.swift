import Foundation
import Testing

@testable import Charts

@Suite struct ChartTests {
    @Test("a chart draws what is finite and has ticks that are round")
    func chart() throws {
        let chart = LineChart(
            title: "Reward", unit: "",
            series: [
                .init(name: "a", points: [(1, 0.5), (2, .nan), (3, 0.75)]),
                .init(name: "empty", points: []),
            ])
        let html = try #require(chart.html())
        #expect(html.contains("<polyline") && !html.contains("nan") && !html.contains("empty"))
        #expect(LineChart(title: "t", unit: "", series: []).html() == nil)
        #expect(LineChart.ticks(0...1, count: 5) == [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0])
        #expect(LineChart.ticks(3...3, count: 5) == [3])
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
