public import Curricula
public import Rollouts

/// What is done about problems that the curriculum has already.
public enum Deduplication: String, Sendable, CaseIterable {
    /// Equal prompts and answers are left out; those that only read alike are reported.
    case exact
    /// Those that read alike are left out too.
    case normalized
    /// Everything is kept that does not stand on the other side of the wall.
    case none
}

/// How an import parts problems between training and held-out.
public enum ImportSplit: Sendable, Equatable {
    /// All of them stand on one side.
    case all(Split)
    /// This share is held out, by the hash of the normalised prompt.
    case heldOut(share: Double)
}

/// Where and how problems are added.
public struct ImportSettings: Sendable, Equatable {
    /// The curriculum's name.
    public var curriculum: String
    /// Sides of the wall.
    public var split: ImportSplit
    /// What is left out.
    public var deduplication: Deduplication
    /// Whose completions scored files judge.
    public var policy: String
    /// Whether everything is taken back at the end.
    public var isDry: Bool

    /// Settings of an import.
    public init(
        curriculum: String, split: ImportSplit, deduplication: Deduplication = .exact,
        policy: String = "unknown", isDry: Bool = false
    ) {
        self.curriculum = curriculum
        self.split = split
        self.deduplication = deduplication
        self.policy = policy
        self.isDry = isDry
    }
}

/// What became of an import.
public struct ImportReport: Sendable, Equatable {
    /// New problems.
    public var added = 0
    /// How many of them are held out.
    public var addedHeldOut = 0
    /// Equal to an earlier row of the same file.
    public var duplicatesInFile = 0
    /// Equal to a problem that the store had, in whichever split.
    public var duplicatesStored = 0
    /// Reading like another problem with the same answer.
    public var nearDuplicates = 0
    /// Of those, left out.
    public var nearDuplicatesDropped = 0
    /// Reading like another problem with another answer.
    public var conflicts = 0
    /// Whose prompt stands on the other side of the wall.
    public var acrossWall = 0
    /// Whose id another problem had: the content's hash stands behind it now.
    public var renamed = 0
    /// Pass rates and judged completions that were kept as difficulty.
    public var rates = 0
    /// Completions that could not be scored.
    public var unscored = 0
    /// Judged completions of problems that the curriculum does not have.
    public var unknownProblems = 0
    /// New problems whose level is no number: they stand on level 0, with the tag `unreadable-level`.
    public var unreadableLevels = 0
    /// The first of each kind.
    public var findings: [ImportFinding] = []

    /// Rows left out because the curriculum has them already.
    public var duplicates: Int { duplicatesInFile + duplicatesStored + nearDuplicatesDropped }

    /// Keeps a finding while there are few of its kind.
    mutating func note(_ finding: ImportFinding) {
        guard findings.count(where: { $0.kind == finding.kind }) < 20 else { return }
        findings.append(finding)
    }
}

/// A row that a person should look at.
public struct ImportFinding: Sendable, Equatable {
    /// What is odd about it.
    public enum Kind: String, Sendable, CaseIterable {
        case acrossWall = "across_wall"
        case nearDuplicate = "near_duplicate"
        case conflict
        case renamed
        case unknownProblem = "unknown_problem"
    }

    /// What is odd about it.
    public var kind: Kind
    /// File and line.
    public var place: String
    /// The row's id.
    public var id: String
    /// The other problem's id, or the id that the row got.
    public var other: String?
    /// The other problem's side of the wall.
    public var otherSplit: Split?
    /// Whether the row was left out.
    public var isDropped: Bool
}

/// One usable row with its place.
public struct ImportLine: Sendable, Equatable {
    /// File and line, for the report.
    public var place: String
    /// What it says.
    public var row: ImportedRow

    /// A row at a place.
    public init(place: String, row: ImportedRow) {
        self.place = place
        self.row = row
    }
}

/// Rows that come one by one, so that a file of any size is imported in bounded memory.
public protocol ImportStream {
    /// The next row that can be used; nil at the end.
    mutating func next() throws -> ImportLine?
    /// What was read; asked after the last row.
    var source: SourceInfo { get }
}
