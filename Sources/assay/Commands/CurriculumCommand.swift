public import ArgumentParser
public import Curricula
public import Rollouts
public import Store

struct CurriculumCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curriculum",
        abstract: "Problems in SQLite: generate, import, look at, export.",
        subcommands: [
            CurriculumGenerate.self, Import.self, List.self, Show.self, Stats.self, Export.self,
        ])
}

extension Split: ExpressibleByArgument {}
extension RowFormat: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}
extension Deduplication: ExpressibleByArgument {}
extension ProblemStatistics.Grouping: ExpressibleByArgument {}
