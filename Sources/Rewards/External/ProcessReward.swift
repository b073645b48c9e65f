import Foundation
import Rollouts
import Synchronization

/// A reward by a program of any language that is kept alive: one line of JSON in, one line out.
///
/// In: `{"id", "prompt", "completion", "gold", "tokens", "truncated", "fields"}`. Out: `{"id", "value"}`,
/// the value null with a `status` where there is none, and `reason` and `pred` where the program
/// gives them. What crashes, hangs or talks nonsense costs the completion that was under way a status,
/// never a value; the program is started again for the next one.
public struct ProcessReward: RewardFunction {
    /// `process`.
    public static let type = "process"
    private let range: ClosedRange<Double>
    private let pool: ProcessPool

    /// Within the stated range; a program decides.
    public var traits: RewardTraits { RewardTraits(range: range, basis: .external) }

    /// Reads `run`, `workers`, `timeout_seconds`, `restarts` and `range`.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        guard let words = try settings.strings("run") else { throw settings.missing("run") }
        guard let program = words.first, !program.isEmpty,
            !words.contains(where: { $0.utf8.contains(0) })
        else {
            throw .badValue(
                settings.place(of: "run"), key: "run",
                problem: "must be a list of words, a program first")
        }
        let workers = try settings.int("workers", in: 1...256, default: 2)
        let seconds = try settings.double("timeout_seconds", default: 30)
        guard seconds > 0, seconds <= 3600 else {
            throw .badValue(
                settings.place(of: "timeout_seconds"), key: "timeout_seconds",
                problem: "must be within 0…3600")
        }
        let restarts = try settings.int("restarts", in: 0...1_000_000, default: 100)
        range = try settings.range("range") ?? 0...1
        pool = ProcessPool(
            words: words, workers: workers, timeout: .seconds(seconds), restarts: restarts)
    }

    /// Asks for all completions, as many at once as there are workers.
    public func score(batch: [[ScoringInput]]) -> [[RewardResult]] {
        pool.lanes.map(batch) { result(pool.ask(ExternalAnswer.request($0))) }
    }

    /// One group as a batch.
    public func score(group: [ScoringInput]) -> [RewardResult] { score(batch: [group])[0] }

    private func result(_ answer: Result<JSONValue, ProcessPool.Failure>) -> RewardResult {
        switch answer {
        case .failure(let failure): .unscored(failure.status, failure.reason)
        case .success(let object):
            ExternalAnswer.result(object, value: object["value"], in: range, of: "program")
        }
    }
}

/// Workers that run the same program.
final class ProcessPool: Sendable {
    /// Why there is no answer.
    struct Failure: Error {
        var status: ScoreStatus
        var reason: String
    }

    private struct State {
        var idle: [Worker] = []
        var starts = 0
        var number: Int64 = 0
    }

    /// Unchecked: a worker is used by the thread that took it out of the pool alone.
    private final class Worker: @unchecked Sendable {
        let process: ChildProcess
        init(_ process: ChildProcess) { self.process = process }
    }

    private let words: [String]
    private let timeout: Duration
    private let allowedStarts: Int
    private let state = Mutex(State())
    /// As many as there are workers.
    let lanes: Lanes

    init(words: [String], workers: Int, timeout: Duration, restarts: Int) {
        self.words = words
        self.timeout = timeout
        allowedStarts = workers + restarts
        lanes = Lanes(workers)
    }

    /// The program's answer to a request; a lane of `lanes` is taken by the caller.
    func ask(_ request: [String: JSONValue]) -> Result<JSONValue, Failure> {
        let (id, waiting) = state.withLock { state in
            state.number += 1
            return (state.number, state.idle.popLast())
        }
        var request = request
        request["id"] = .integer(id)
        do {
            let worker = try waiting ?? start()
            let line = Array(JSONValue.object(request).serialized().utf8)
            let reply: [UInt8]
            do {
                reply = try worker.process.exchange(line, until: .now + timeout)
            } catch {
                // The worker is dropped and with it its process.
                throw Self.failure(error, timeout)
            }
            guard let object = try? JSONReader.parse(reply), case .object = object,
                object["id"]?.double == Double(id)
            else {
                let head = String(decoding: reply.prefix(80), as: UTF8.self)
                throw Failure(
                    status: .infrastructureError,
                    reason: "the program answered something else than request \(id): \(head)")
            }
            state.withLock { $0.idle.append(worker) }
            return .success(object)
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(Failure(status: .infrastructureError, reason: "\(error)"))
        }
    }

    private func start() throws(Failure) -> Worker {
        let isAllowed = state.withLock { state in
            state.starts += 1
            return state.starts <= allowedStarts
        }
        guard isAllowed else {
            throw Failure(
                status: .infrastructureError,
                reason: "the program was started \(allowedStarts) times and is not started again")
        }
        do {
            return Worker(try ChildProcess(words))
        } catch {
            throw Self.failure(error, timeout)
        }
    }

    private static func failure(_ fault: ChildProcess.Fault, _ timeout: Duration) -> Failure {
        switch fault {
        case .notStarted(let why):
            Failure(status: .infrastructureError, reason: "cannot start the program: \(why)")
        case .late: Failure(status: .timeout, reason: "no answer within \(timeout)")
        case .died: Failure(status: .infrastructureError, reason: "the program ended")
        case .tooLong: Failure(status: .infrastructureError, reason: "an endless line")
        }
    }
}
