import ArgumentParser
import Foundation
import Rewards

/// `assay schema`: what editors need to complete and check specs.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of reward specs, for editors.",
        discussion: """
            Editors with a YAML language server check a spec whose first line is \
            "# yaml-language-server: $schema=schema.json" while it is typed. The schema is also in \
            verifiers/schema.json.
            """)

    @Option(help: "Where the schema goes; - is standard output.")
    var out = "-"

    func run() throws {
        try Console.write(try SpecSchema.text(), to: out)
    }
}
