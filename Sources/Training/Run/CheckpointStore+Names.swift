import Foundation

extension CheckpointStore {
    /// The folder that a person means by `last`, `best`, `start`, a step of the updates or a folder's name.
    ///
    /// - Throws: `TrainingError.noCheckpoint` with what there is.
    func resolve(_ name: String) throws -> String {
        let all = list()
        guard let newest = all.last else { throw TrainingError.noRun(path: directory.checkpoints) }
        func fail(_ problem: String) -> TrainingError {
            .noCheckpoint(
                path: directory.checkpoints, problem: problem,
                present: all.map { ($0 as NSString).lastPathComponent })
        }
        switch name {
        case "last": return newest
        case "start":
            guard let start else { throw fail("the updates have not started") }
            return start
        case "best":
            // Where the newest is damaged, the one before it knows.
            guard let folder = all.reversed().lazy.compactMap({ try? best(knownTo: $0) }).first
            else { throw fail("no evaluation on the way has told which one is the best") }
            guard all.contains(folder) else {
                throw fail("the best one, \((folder as NSString).lastPathComponent), is gone")
            }
            return folder
        default:
            let wanted =
                Int(name).map { folder(.policy, step: $0) } ?? "\(directory.checkpoints)/\(name)"
            guard let found = all.first(where: { $0 == wanted }) else {
                throw fail("there is no checkpoint `\(name)`")
            }
            return found
        }
    }
}
