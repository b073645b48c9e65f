/// The command line that goes on with a run that was stopped.
enum ResumeCommand {
    /// The arguments of the stopped command, quoted for a shell, with `--resume` and the run's directory and
    /// without what only a start may say.
    static func line(_ arguments: [String], directory: String) -> String {
        var kept: [String] = []
        var skipsValue = false
        var namesDirectory = false
        for argument in arguments {
            if skipsValue {
                skipsValue = false
                continue
            }
            switch argument {
            case "--from": skipsValue = true
            case "--force", "--resume": break
            case _ where argument.hasPrefix("--from="): break
            default:
                namesDirectory =
                    namesDirectory || argument == "--run-dir" || argument.hasPrefix("--run-dir=")
                kept.append(quoted(argument))
            }
        }
        if !namesDirectory { kept += ["--run-dir", quoted(directory)] }
        return (kept + ["--resume"]).joined(separator: " ")
    }

    /// As a POSIX shell reads it back.
    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./=:,@%+".utf8.contains(byte)
            }
        }
        if plain, !text.isEmpty { return text }
        return "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}
