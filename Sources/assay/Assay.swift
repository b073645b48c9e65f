import ArgumentParser

@main
struct Assay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay", abstract: "Rewards you can trust, and a policy trained on them.")
}
