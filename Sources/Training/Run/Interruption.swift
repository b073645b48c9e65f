import Foundation
import Synchronization

/// Whether somebody pressed Ctrl-C or sent SIGTERM.
///
/// The first signal asks for a clean stop after the present step; a second one ends the process at
/// once, which costs no more than the steps since the last checkpoint.
public final class Interruption: Sendable {
    private let flag = Atomic<Bool>(false)

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
            // The handler keeps the source, and so itself, for the life of the process.
            source.setEventHandler {
                withExtendedLifetime(source) {}
                // Without exit handlers, under which threads that still compute could crash.
                if self.isRequested { _exit(130) }
                self.request()
                notice()
            }
            source.resume()
        }
    }
}
