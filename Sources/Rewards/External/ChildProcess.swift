import Foundation

/// A program that is kept alive and spoken to line by line.
///
/// Its standard input and output are one socket, so that writing to a program that has died is an
/// error and no signal; it leads a process group of its own, which dies with it.
final class ChildProcess {
    /// Why a line did not come.
    enum Fault: Error, Equatable {
        case notStarted(String)
        case late
        case died
        case tooLong
    }

    private let descriptor: Int32
    private let pid: pid_t
    private var buffer: [UInt8] = []

    /// The longest line that is read, in bytes.
    private static let longestLine = 1 << 20

    /// Starts `words`, the first being a program on the PATH.
    init(_ words: [String]) throws(Fault) {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .notStarted(String(cString: strerror(errno)))
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var usual = sigset_t()
        sigemptyset(&usual)
        for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&usual, number) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, environ)
        close(ends[1])
        guard status == 0 else {
            close(ends[0])
            throw .notStarted("\(words[0]): \(String(cString: strerror(status)))")
        }
        self.pid = pid
        descriptor = ends[0]
    }

    deinit {
        close(descriptor)
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// Sends a line and waits for one.
    func exchange(_ line: [UInt8], until deadline: ContinuousClock.Instant) throws(Fault) -> [UInt8]
    {
        var rest = (line + [0x0A])[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(
                    descriptor, $0.baseAddress, $0.count,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN || errno == EINTR {
                try wait(for: Int16(POLLOUT), until: deadline)
            } else {
                throw .died
            }
        }
        return try nextLine(until: deadline)
    }

    /// A line that comes unasked or as an answer.
    func nextLine(until deadline: ContinuousClock.Instant) throws(Fault) -> [UInt8] {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                return line
            }
            guard buffer.count <= Self.longestLine else { throw .tooLong }
            try wait(for: Int16(POLLIN), until: deadline)
            var block = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &block, block.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                buffer += block[..<count]
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                throw .died
            }
        }
    }

    private func wait(
        for events: Int16, until deadline: ContinuousClock.Instant
    ) throws(Fault) {
        let left = (deadline - .now) / .milliseconds(1)
        guard left > 0 else { throw .late }
        var poll = pollfd(fd: descriptor, events: events, revents: 0)
        if Foundation.poll(&poll, 1, Int32(min(left.rounded(.up), 1e6))) == 0 { throw .late }
    }
}
