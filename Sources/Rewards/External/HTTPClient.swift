import CHTTP
import Foundation
import Rollouts
import Synchronization

/// Asks a server by POST with JSON, again where asking again may help.
///
/// Connections are kept. Once many completions in a row have failed, each is asked for once only,
/// until the server answers again: a server that is gone does not hold up a million rows.
final class HTTPClient: Sendable {
    /// How often and how long.
    struct Policy: Sendable, Equatable {
        /// Seconds for one try.
        var seconds = 60.0
        /// Tries in all.
        var attempts = 4
        /// Seconds before the second try; doubled for each further one.
        var pause = 1.0
    }

    /// Why there is no answer.
    struct Fault: Error, Equatable {
        var status: ScoreStatus
        var reason: String
    }

    private let url: EnvironmentText
    private let headers: [String: EnvironmentText]
    private let policy: Policy
    private let idle = Mutex<[Connection]>([])
    private let failures = Atomic(0)

    /// The longest answer that is read, in bytes.
    private static let longestAnswer = 4 << 20
    /// The longest pause that a server may ask for, in seconds.
    private static let longestPause = 60.0
    /// So many failures in a row stop the asking again.
    private static let patience = 16

    init(url: EnvironmentText, headers: [String: EnvironmentText], policy: Policy) {
        self.url = url
        self.headers = headers
        self.policy = policy
    }

    /// The JSON that the server answers `body` with.
    func post(_ body: JSONValue) throws(Fault) -> JSONValue {
        let (address, lines): (String, [String])
        do {
            address = try url.resolved()
            lines = try resolvedHeaders()
        } catch {
            throw Fault(status: .infrastructureError, reason: error.description)
        }
        let bytes = Array(body.serialized().utf8)
        var pause = policy.pause
        var fault = Fault(status: .infrastructureError, reason: "not asked")
        let tries = failures.load(ordering: .relaxed) >= Self.patience ? 1 : policy.attempts
        for attempt in 1...tries {
            let asked: Double?
            switch once(address, lines, bytes) {
            case .answer(let value):
                failures.store(0, ordering: .relaxed)
                return value
            case .failed(let why, let again, let wait):
                fault = why
                guard again else { throw counted(fault) }
                asked = wait
            }
            guard attempt < tries else { break }
            // Spread by up to a half, so that clients which failed together do not return together.
            let wait = max(asked ?? 0, pause * Double.random(in: 1...1.5))
            Thread.sleep(forTimeInterval: min(wait, Self.longestPause))
            pause *= 2
        }
        if tries > 1 { fault.reason += " (asked \(tries) times)" }
        throw counted(fault)
    }

    private func counted(_ fault: Fault) -> Fault {
        failures.wrappingAdd(1, ordering: .relaxed)
        return Fault(status: fault.status, reason: redacting(fault.reason))
    }

    /// `text` without the values of variables that go to the server.
    func redacting(_ text: String) -> String {
        headers.values.reduce(url.redacting(text)) { $1.redacting($0) }
    }

    private func resolvedHeaders() throws(EnvironmentText.Missing) -> [String] {
        var lines = ["Content-Type: application/json", "Accept: application/json", "Expect:"]
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            lines.append("\(name): \(try value.resolved())")
        }
        return lines
    }

    // MARK: One try

    private enum Try {
        case answer(JSONValue)
        /// Whether to try again, and after how many seconds at least.
        case failed(Fault, again: Bool, after: Double?)
    }

    private func once(_ url: String, _ headers: [String], _ body: [UInt8]) -> Try {
        guard let connection = idle.withLock({ $0.popLast() }) ?? Connection() else {
            return .failed(
                Fault(status: .infrastructureError, reason: "no memory for a connection"),
                again: false, after: nil)
        }
        defer { idle.withLock { $0.append(connection) } }
        let reply = connection.post(
            url, headers, body, seconds: policy.seconds, limit: Self.longestAnswer)
        switch reply.end {
        case .late:
            return .failed(
                Fault(status: .timeout, reason: "no answer within \(policy.seconds) s"),
                again: true, after: nil)
        case .tooLong:
            return .failed(
                Fault(
                    status: .infrastructureError,
                    reason: "an answer above \(Self.longestAnswer >> 20) MB"),
                again: false, after: nil)
        case .failed(let message):
            return .failed(
                Fault(status: .infrastructureError, reason: message), again: true, after: nil)
        case .answered(let status):
            guard (200...299).contains(status) else {
                let text = Sandbox.head(reply.body)
                return .failed(
                    Fault(
                        status: .infrastructureError,
                        reason: "HTTP \(status)\(text.isEmpty ? "" : ": \(text)")"),
                    again: [408, 409, 425, 429].contains(status) || status >= 500,
                    after: reply.retryAfter)
            }
            do {
                return .answer(try JSONReader.parse(reply.body))
            } catch {
                return .failed(
                    Fault(
                        status: .infrastructureError,
                        reason: "the answer is no JSON: \(Sandbox.head(reply.body).prefix(80))"),
                    again: false, after: nil)
            }
        }
    }

    /// Unchecked: a connection is used by the thread that took it out of the idle ones alone.
    private final class Connection: @unchecked Sendable {
        enum End {
            case answered(Int)
            case late
            case tooLong
            case failed(String)
        }

        private let client: OpaquePointer

        init?() {
            guard let client = assay_http_open() else { return nil }
            self.client = client
        }

        deinit { assay_http_close(client) }

        func post(
            _ url: String, _ headers: [String], _ body: [UInt8], seconds: Double, limit: Int
        ) -> (end: End, body: [UInt8], retryAfter: Double?) {
            let lines = headers.map { strdup($0) }
            defer { for line in lines { free(line) } }
            let pointers = lines.map { UnsafePointer($0) }
            let reply = assay_http_post(
                client, url, pointers, Int32(pointers.count), body, body.count, seconds, limit)
            let text = Array(UnsafeBufferPointer(start: reply.body, count: reply.length))
            let end: End
            switch UInt32(reply.end) {
            case ASSAY_HTTP_ANSWERED.rawValue: end = .answered(reply.status)
            case ASSAY_HTTP_LATE.rawValue: end = .late
            case ASSAY_HTTP_TOO_LONG.rawValue: end = .tooLong
            default: end = .failed(String(cString: reply.message))
            }
            return (end, text, reply.retry_after >= 0 ? reply.retry_after : nil)
        }
    }
}
