import ArgumentParser
import Foundation
import Policy

/// Opens mutated tensor files and reads what opens: no crash, nothing slow, no memory beyond bounds.
@main
struct TensorFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tensor-fuzz",
        abstract: "Open mutated tensor files by the million; a crash names the block it lies in.",
        discussion: """
            Every round is made from --seed and its number, so a block that crashed is run again \
            with --from. Afterwards headers of many megabytes are opened, each made to be costly.
            """)

    @Option(help: "Rounds to run.")
    var rounds: UInt64 = 1_000_000

    @Option(help: "The first round.")
    var from: UInt64 = 0

    @Option(help: "Seed of all rounds.")
    var seed: UInt64 = 1

    @Option(help: "Milliseconds of processor time that no round may take.")
    var limit = 50.0

    @Option(help: "Megabytes that the rounds may add to the process.")
    var memory = 64.0

    @Option(help: "Megabytes of each costly header.")
    var heavy = 64

    func run() throws {
        let shards = TensorFile.soundShards
        let mutator = TensorFileMutator(
            corpus: [
                .init(index: nil, files: ["": TensorFile.sound.bytes()]),
                .init(index: Array(shards.index.utf8), files: shards.files),
            ], seed: seed)
        var tally = Tally()
        var before = 0.0
        for round in from..<from + rounds {
            if round % 10_000 == 0 {
                FileHandle.standardError.write(Data("\rrounds from \(round)".utf8))
            }
            // The first thousand rounds warm the allocator up.
            if round == from + 1000 { before = Self.peakMegabytes() }
            let model = mutator.model(round: round)
            let size = model.files.values.reduce(0) { $0 + $1.count }
            let start = Self.processorMilliseconds()
            let problem = Self.check(model, size: size, &tally)
            let elapsed = Self.processorMilliseconds() - start
            if elapsed > tally.slowest.milliseconds { tally.slowest = (elapsed, round) }
            if let problem { tally.fail("round \(round): \(problem)") }
            if elapsed > limit { tally.fail("round \(round): \(elapsed) ms") }
        }
        FileHandle.standardError.write(Data("\n".utf8))
        let growth = Self.peakMegabytes() - before
        if rounds > 1000, growth > memory { tally.fail("\(growth) MB more") }
        print(tally.summary(rounds: rounds) + String(format: "; %.1f MB more at the peak", growth))
        if heavy > 0 { Self.openHeavy(megabytes: heavy, &tally) }
        if tally.failures > 0 { throw ExitCode(1) }
    }

    /// Opens a model and reads all its floats; what is wrong with that, if anything.
    private static func check(
        _ model: TensorFileMutator.Model, size: Int, _ tally: inout Tally
    ) -> String? {
        let archive: TensorArchive
        do throws(PolicyError) {
            archive = try open(model)
        } catch {
            switch error {
            case .tensorFile, .file: tally.refused += 1
            default: return "a strange error, \(error)"
            }
            return nil
        }
        tally.opened += 1
        for entry in archive.entries where entry.elementType != nil {
            // A tensor greater than its file would be read beyond the end.
            guard 2 * entry.count <= size else { return "\(entry.name) is greater than its file" }
            let target = UnsafeMutablePointer<Float>.allocate(capacity: entry.count + 1)
            defer { target.deallocate() }
            target[entry.count] = 1.25
            do throws(PolicyError) {
                try archive.read(entry.name, into: target, count: entry.count)
            } catch { return "\(error)" }
            guard target[entry.count] == 1.25 else { return "\(entry.name) is written beyond" }
            tally.values += entry.count
        }
        return nil
    }

    private static func open(
        _ model: TensorFileMutator.Model
    ) throws(PolicyError) -> TensorArchive {
        guard let index = model.index else {
            return try TensorArchive(data: Data(model.files[""] ?? []))
        }
        return try TensorArchive(index: Data(index)) { name throws(PolicyError) in
            guard let bytes = model.files[name] else {
                throw .file(path: name, reason: "is missing")
            }
            return Data(bytes)
        }
    }

    static func processorMilliseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    /// The most memory that the process has had.
    static func peakMegabytes() -> Double {
        var usage = rusage()
        #if os(macOS)
            getrusage(RUSAGE_SELF, &usage)
            return Double(usage.ru_maxrss) / 1e6
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return Double(usage.ru_maxrss) * 1024 / 1e6
        #endif
    }
}

/// What all rounds came to.
struct Tally {
    var opened = 0
    var refused = 0
    var values = 0
    var failures = 0
    var slowest = (milliseconds: 0.0, round: UInt64(0))

    mutating func fail(_ text: String) {
        failures += 1
        if failures <= 20 { print(text) }
    }

    func summary(rounds: UInt64) -> String {
        "\(rounds) rounds: \(refused) refused, \(opened) opened, \(values) values read"
            + String(format: "; slowest %.1f ms in round ", slowest.milliseconds)
            + "\(slowest.round); \(failures) failures"
    }
}
