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
        defer { close(ends[1]) }
        let end = ends[1]
        let started = Attendant.shared.perform { () -> Result<pid_t, Spawn.Fault> in
            Result { () throws(Spawn.Fault) in
                try Spawn.start(Self.bound(words), descriptors: [0: end, 1: end])
            }
        }
        switch started {
        case .success(let pid)?: self.pid = pid
        case .failure(let fault)?:
            close(ends[0])
            throw .notStarted(fault.reason)
        case nil:
            close(ends[0])
            throw .notStarted(words[0])
        }
        descriptor = ends[0]
    }

    deinit {
        close(descriptor)
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// The words that start a program which ends when we do, however we end, where the system can.
    private static func bound(_ words: [String]) -> [String] {
        // Of a program that is not there the error is to speak, not of its helper.
        guard Spawn.find("setpriv") != nil, Spawn.find(words[0]) != nil else { return words }
        return ["setpriv", "--pdeathsig", "KILL", "--"] + words
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
        // The caller waits again where this ends early.
        Foundation.poll(&poll, 1, Int32(min(left.rounded(.up), 1e6)))
    }
}
