/// An error that a person can act on: `description` says what and where (file, line, field),
/// `remedy` what to do about it.
///
/// Every typed error of the modules above conforms, so that the command line prints all of them
/// alike and picks the exit code from `fault`.
public protocol UserError: Error, CustomStringConvertible, Sendable {
    /// What would mend it, in one sentence.
    var remedy: String { get }
    /// Who is to blame, which decides the exit code.
    var fault: Fault { get }
}

/// What an error is laid to.
public enum Fault: Int32, Sendable {
    /// The work failed although it was well asked for: exit code 1.
    case work = 1
    /// Usage, a recipe, a spec or a data file: exit code 2.
    case input = 2
}

extension UserError {
    /// Input is at fault unless an error says otherwise.
    public var fault: Fault { .input }
}
