import ArgumentParser
import Foundation
import Patterns
import Policy
import Rewards

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "What this machine has, and what Assay promises on it.")

    func run() throws {
        print("processors: \(ProcessInfo.processInfo.activeProcessorCount)")
        let memory = Double(ProcessInfo.processInfo.physicalMemory) / 0x1p30
        print("memory: \(String(format: "%.1f GiB", memory))")
        print(EngineInfo.describe())
        let usesJIT = try Pattern("a+").usesJIT
        print("regular expressions: PCRE2, \(usesJIT ? "compiled to machine code" : "interpreted")")
        print("sandbox: \(CommandReward.sandboxObstacle ?? "bubblewrap works")")
    }
}
