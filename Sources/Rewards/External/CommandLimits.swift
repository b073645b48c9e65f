/// What one run of a program may use.
struct CommandLimits: Sendable, Equatable {
    /// Seconds on the clock.
    var seconds = 10.0
    /// Seconds of processor time of each of its processes.
    var cpuSeconds = 10
    /// Bytes of memory of all its processes together.
    var memory = 512 << 20
    /// Processes and threads at once.
    var processes = 64
    /// Bytes of files in each folder that it may write to.
    var disk = 64 << 20
    /// Bytes that it prints, standard output and error each.
    var output = 1 << 20

    /// Reads `timeout_seconds`, `cpu_seconds`, `memory_mb`, `processes`, `disk_mb` and `output_kb`.
    init(_ settings: inout SpecReader) throws(RewardError) {
        seconds = try settings.double("timeout_seconds", default: 10)
        guard seconds > 0, seconds <= 3600 else {
            throw .badValue(
                settings.place(of: "timeout_seconds"), key: "timeout_seconds",
                problem: "must be above 0 and at most 3600")
        }
        cpuSeconds = try settings.int("cpu_seconds", in: 1...3600, default: 10)
        memory = try settings.int("memory_mb", in: 8...1_048_576, default: 512) << 20
        processes = try settings.int("processes", in: 1...4096, default: 64)
        disk = try settings.int("disk_mb", in: 1...65_536, default: 64) << 20
        output = try settings.int("output_kb", in: 1...65_536, default: 1024) << 10
    }

    /// The usual limits.
    init() {}

    /// The words in front of a program that set the limits which the kernel keeps.
    var prefix: [String] {
        [
            "prlimit", "--cpu=\(cpuSeconds):\(cpuSeconds + 1)", "--data=\(memory)",
            "--nproc=\(processes)",
            "--fsize=\(disk)", "--nofile=128", "--core=0", "--",
        ]
    }
}
