import ArgumentParser
import Training

struct DigestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digest",
        abstract: "One hash over weights, optimiser, curriculum state and metrics of a run.",
        discussion: """
            Two runs with the same digest computed the same, to the last bit, however often they \
            were stopped and resumed.
            """)

    @Argument(help: "A run directory.")
    var directory: String

    func run() throws {
        print(try RunDigest.compute(RunDirectory(directory)))
    }
}
