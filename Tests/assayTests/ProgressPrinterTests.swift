import Testing
import Training

@testable import assay

@Suite struct ProgressPrinterTests {
    private func progress(step: Int, rate: Double, limit: Double? = nil) -> TrainingProgress {
        TrainingProgress(
            phase: "demo", step: step, steps: 100, seconds: 50, rate: rate, limit: limit,
            figures: [
                ("reward", 0.5), ("accuracy", 0.25), ("length", 31.4), ("entropy", 0.123),
            ], stage: "stage 2 of 3")
    }

    @Test("a line has the steps, the rate, the time to go and the figures")
    func line() {
        #expect(
            ProgressPrinter.line(progress(step: 40, rate: 2))
                == "demo 40/100  2.0 steps/s  0:30 left  "
                + "reward 0.500  accuracy 0.250  length 31.4  entropy 0.123  stage 2 of 3")
        #expect(ProgressPrinter.line(progress(step: 40, rate: 0.125)).contains("8.0 s/step"))
        #expect(!ProgressPrinter.line(progress(step: 40, rate: 0)).contains("left"))
    }

    @Test("a line never wraps, and in 80 columns every figure has its place")
    func width() {
        let now = progress(step: 40, rate: 2)
        let whole = ProgressPrinter.line(now)
        for columns in 2...200 {
            let line = ProgressPrinter.line(now, columns: columns)
            #expect(line.count < columns)
            #expect(line == whole || line.hasSuffix("…") || line.contains("ent 0.123"))
        }
        #expect(ProgressPrinter.line(now, columns: 80).contains("ent 0.123"))
    }

    @Test("the time to go knows of the minutes that a run may take")
    func remaining() {
        #expect(progress(step: 40, rate: 2, limit: 60).remainingSeconds == 10)
        #expect(progress(step: 40, rate: 2, limit: 600).remainingSeconds == 30)
        #expect(progress(step: 40, rate: 2, limit: 10).remainingSeconds == 0)
        #expect(progress(step: 140, rate: 2).remainingSeconds == 0)
        #expect(ProgressPrinter.time(7265) == "2:01:05" && ProgressPrinter.time(65) == "1:05")
        #expect(ProgressPrinter.time(.greatestFiniteMagnitude) == "years")
    }
}
