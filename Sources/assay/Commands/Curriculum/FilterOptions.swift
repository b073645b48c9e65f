import ArgumentParser
import Rollouts
import Store

/// Which problems a command is about.
struct FilterOptions: ParsableArguments {
    @Option(help: "The curriculum's name.")
    var name: String?

    @Option(help: "Side of the wall: train or held_out.")
    var split: Split?

    @Option(help: "One level.")
    var level: Int?

    @Option(help: "A tag.")
    var tag: String?

    @Option(help: "The name of a source.")
    var source: String?

    @Option(help: "From and to, such as 0.2-0.8: one minus the pass rate; untried ones are out.")
    var difficulty: DifficultyRange?

    @Option(help: "Count the pass rates of one policy (or run). Default: all together.")
    var policy: String?

    var filter: ProblemFilter {
        ProblemFilter(
            curriculum: name, split: split, level: level, tag: tag, source: source,
            difficulty: difficulty?.range, policy: policy)
    }

    /// Whether anything but the policy is asked for.
    var isEmpty: Bool {
        var filter = self.filter
        filter.policy = nil
        return filter == ProblemFilter()
    }

    /// Refuses a curriculum that the store does not have.
    func check(_ store: AssayStore, path: String) throws {
        guard let name else { return }
        let names = try store.curriculumNames()
        guard names.contains(name) else {
            let known = names.isEmpty ? "none" : names.joined(separator: ", ")
            throw ValidationError("\(path) has no curriculum \(name); it has: \(known)")
        }
    }
}

/// Two numbers from 0 to 1, such as `0.2-0.8`.
struct DifficultyRange: ExpressibleByArgument {
    let range: ClosedRange<Double>

    init?(argument: String) {
        let ends = argument.split(separator: "-", omittingEmptySubsequences: false)
            .map { Double($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last,
            (0...1).contains(first), (0...1).contains(last)
        else { return nil }
        range = first...last
    }
}
