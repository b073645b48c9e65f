import Foundation
import Synchronization

/// Whether somebody pressed Ctrl-C or sent SIGTERM.
///
/// The first signal asks for a clean stop after the present step; a second one ends the process at
/// once, which costs no more than the steps since the last checkpoint.
public final class Interruption: Sendable {
    private let flag = Atomic<Bool>(false)
    private let sources = Mutex<[any DispatchSourceSignal]>([])

    /// Not interrupted, and listening to nothing yet.
    public init() {}

    /// Whether a stop was asked for.
    public var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Asks for a stop.
    public func request() { flag.store(true, ordering: .relaxed) }

    /// Turns SIGINT and SIGTERM into requests; `notice` runs at the first one.
    public func listen(notice: @escaping @Sendable () -> Void) {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in
                guard let self else { return }
                if self.isRequested { exit(130) }
                self.request()
                notice()
            }
            source.resume()
            sources.withLock { $0.append(source) }
        }
    }
}
