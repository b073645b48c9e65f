import Foundation
import Rollouts

/// One run of a program from its start to its end, watched.
struct CommandRun {
    /// How it ended.
    enum End: Equatable {
        case exited(Int)
        case late
        case outOfMemory
        case tooMuchOutput
    }

    var end: End
    /// Standard output, cut at the limit.
    var output: [UInt8]
    /// Standard error, cut at the limit.
    var errors: [UInt8]
    /// What the program wrote on the descriptor that was asked for apart.
    var report: [UInt8]
    /// On the clock, from start to end.
    var seconds = 0.0

    /// Whether some process of it can have used so much processor time.
    func couldUse(cpuSeconds: Int) -> Bool {
        seconds * Double(ProcessInfo.processInfo.activeProcessorCount) >= 0.9 * Double(cpuSeconds)
    }

    /// How often memory is looked at.
    private static let tick = Duration.milliseconds(20)

    /// Runs `words` and waits for its end, killing its process group where a limit is passed.
    ///
    /// - Parameters:
    ///   - input: What it reads on standard input.
    ///   - files: Descriptors that it has besides, by their number there.
    ///   - reportTo: A number at which it has a pipe whose text is `report`.
    init(
        _ words: [String], environment: [String], directory: String? = nil, input: [UInt8],
        files: [Int32: [UInt8]] = [:], reportTo: Int32? = nil, limits: CommandLimits
    ) throws(Spawn.Fault) {
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        var given: [Int32: Int32] = [:]
        for (target, bytes) in files.merging([0: input], uniquingKeysWith: { first, _ in first }) {
            let descriptor = try Self.temporary(bytes)
            opened.append(descriptor)
            given[target] = descriptor
        }
        var pipes: [Pipe] = []
        for target in [1, 2, reportTo].compactMap(\.self) {
            let pipe = try Pipe(limit: limits.output)
            pipes.append(pipe)
            given[target] = pipe.writing
        }
        let start = ContinuousClock.now
        let pid: pid_t
        do {
            pid = try Spawn.start(
                words, environment: environment, directory: directory, descriptors: given)
        } catch {
            for pipe in pipes { pipe.closeAll() }
            throw error
        }
        for pipe in pipes { close(pipe.writing) }
        end = Self.watch(
            pid, &pipes, isReported: reportTo != nil, until: start + .seconds(limits.seconds),
            limits)
        seconds = (ContinuousClock.now - start) / .seconds(1)
        for pipe in pipes { close(pipe.reading) }
        output = pipes[0].bytes
        errors = pipes[1].bytes
        report = pipes.count > 2 ? pipes[2].bytes : []
    }

    // MARK: Watching

    private static func watch(
        _ pid: pid_t, _ pipes: inout [Pipe], isReported: Bool,
        until deadline: ContinuousClock.Instant, _ limits: CommandLimits
    ) -> End {
        var fault: End?
        var look = ContinuousClock.now + tick
        var pause: useconds_t = 200
        var status: Int32 = 0
        while fault == nil {
            if pipes.contains(where: \.isOpen) {
                for index in poll(pipes) { pipes[index].read() }
                if pipes.contains(where: \.isFull) { fault = .tooMuchOutput }
            } else if hasEnded(pid) {
                // What it left running in the background goes before its number may be used anew.
                killpg(pid, SIGKILL)
                waitpid(pid, &status, 0)
                return .exited(code(status))
            } else {
                // It has closed its output and goes on.
                usleep(pause)
                pause = min(pause * 2, 10_000)
            }
            let now = ContinuousClock.now
            if now >= deadline { fault = fault ?? .late }
            if now >= look {
                look = now + tick
                if ProcessTree.memory(of: pid) > limits.memory { fault = .outOfMemory }
            }
        }
        stop(pid, isReported ? pipes[2].bytes : [])
        return fault ?? .late
    }

    /// Kills the program; a sandbox is emptied from within first, so that it reaps what it started.
    private static func stop(_ pid: pid_t, _ report: [UInt8]) {
        if let inner = firstChild(report), kill(inner, SIGKILL) == 0 {
            for _ in 0..<100 where !hasEnded(pid) { usleep(2000) }
        }
        killpg(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// The first process inside of the sandbox, by bubblewrap's own report.
    private static func firstChild(_ report: [UInt8]) -> pid_t? {
        let line = report.prefix { $0 != 0x0A }
        guard let pid = try? JSONReader.parse(Array(line))["child-pid"]?.double, pid > 1,
            pid < Double(pid_t.max)
        else { return nil }
        return pid_t(pid)
    }

    private static func hasEnded(_ pid: pid_t) -> Bool {
        var information = siginfo_t()
        let options = WEXITED | WNOHANG | WNOWAIT
        guard waitid(P_PID, id_t(pid), &information, Int32(options)) == 0 else { return true }
        return information.si_signo == SIGCHLD
    }

    /// The pipes that have something to read.
    private static func poll(_ pipes: [Pipe]) -> [Int] {
        let open = pipes.indices.filter { pipes[$0].isOpen }
        var waiting = open.map {
            pollfd(fd: pipes[$0].reading, events: Int16(POLLIN), revents: 0)
        }
        Foundation.poll(&waiting, nfds_t(waiting.count), 10)
        return zip(open, waiting).filter { $0.1.revents != 0 }.map(\.0)
    }

    /// As a shell gives it: 128 and the signal where one ended the program.
    private static func code(_ status: Int32) -> Int {
        let signal = status & 0x7F
        return signal == 0 ? Int(status >> 8) & 0xFF : 128 + Int(signal)
    }

    // MARK: Descriptors

    private struct Pipe {
        let reading: Int32
        let writing: Int32
        let limit: Int
        var bytes: [UInt8] = []
        var isOpen = true
        var isFull = false

        init(limit: Int) throws(Spawn.Fault) {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else {
                throw Spawn.Fault(reason: String(cString: strerror(errno)))
            }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            (reading, writing) = (ends[0], ends[1])
            self.limit = limit
        }

        mutating func read() {
            var block = [UInt8](repeating: 0, count: 1 << 16)
            let count = Foundation.read(reading, &block, block.count)
            if count > 0 {
                bytes += block[..<min(count, limit - bytes.count + 1)]
                isFull = bytes.count > limit
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                isOpen = false
            }
        }

        func closeAll() {
            close(reading)
            close(writing)
        }
    }

    /// A file without a name that holds `bytes`, read from its start.
    private static func temporary(_ bytes: [UInt8]) throws(Spawn.Fault) -> Int32 {
        var path = Array((NSTemporaryDirectory() + "assay-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else {
            throw Spawn.Fault(reason: "a temporary file: \(String(cString: strerror(errno)))")
        }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                close(descriptor)
                throw Spawn.Fault(reason: "a temporary file: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(max(0, count))
        }
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }
}
