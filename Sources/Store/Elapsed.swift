import Foundation

/// Time that went by, and what of it this process was running, all its threads together.
///
/// On a machine that others use too, the second says what work costs and the first how long it took.
public struct Elapsed: Sendable, Equatable {
    /// Seconds by the clock.
    public var wall = 0.0
    /// Seconds of processors.
    public var processor = 0.0

    /// Seconds of both.
    public init(wall: Double = 0, processor: Double = 0) {
        self.wall = wall
        self.processor = processor
    }

    /// What the clocks say now; differences mean something.
    public static var now: Elapsed {
        Elapsed(
            wall: seconds(of: CLOCK_MONOTONIC), processor: seconds(of: CLOCK_PROCESS_CPUTIME_ID))
    }

    /// How long `body` takes.
    public static func of(_ body: () throws -> Void) rethrows -> Elapsed {
        let begin = now
        try body()
        return now - begin
    }

    /// Both, added.
    public static func + (a: Elapsed, b: Elapsed) -> Elapsed {
        Elapsed(wall: a.wall + b.wall, processor: a.processor + b.processor)
    }

    /// Both, subtracted.
    public static func - (a: Elapsed, b: Elapsed) -> Elapsed {
        Elapsed(wall: a.wall - b.wall, processor: a.processor - b.processor)
    }

    private static func seconds(of clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
