public import Rollouts

/// What can go wrong with a policy, its input and its files.
public enum PolicyError: UserError, Equatable {
    /// A configuration's field has a value that no model can have.
    case invalidConfiguration(field: String, reason: String)
    /// A setting of sampling or of the optimiser is out of its range.
    case invalidSetting(field: String, reason: String)
    /// A token id outside of the vocabulary.
    case tokenOutOfRange(token: Int32, sequence: Int, position: Int, vocabulary: Int)
    /// A sequence has more tokens than the model has positions.
    case sequenceTooLong(sequence: Int, length: Int, maximum: Int)
    /// A prompt without tokens.
    case emptyPrompt(row: Int)
    /// An array's length does not fit the batch or the model.
    case countMismatch(what: String, expected: Int, found: Int)
    /// The model's output is NaN or infinite: its weights are damaged or have diverged.
    case nonFiniteOutput(sequence: Int, position: Int)
    /// The gradient's norm is NaN or infinite; the weights were left as they were.
    case nonFiniteGradient
    /// A text holds a character that the tokenizer does not know.
    case unknownCharacter(character: String, offset: Int)
    /// A token id that the tokenizer does not have.
    case unknownToken(token: Int32, size: Int)
    /// A vocabulary that cannot serve.
    case invalidTokenizer(reason: String)
    /// A text that a tokenizer's or a chat template's limits end.
    case textLimit(reason: String)
    /// A chat template that cannot be read or used; `line` counts from 1.
    case chatTemplate(line: Int, reason: String)
    /// A safetensors file that is damaged or does not fit; `tensor` is empty where it is the header.
    case tensorFile(tensor: String, reason: String)
    /// A file could not be read or written.
    case file(path: String, reason: String)
    /// A model was asked for what its head does not say.
    case wrongHead(wanted: String, found: String)
    /// The caller asked to stop.
    case cancelled

    /// What would mend it.
    public var remedy: String {
        switch self {
        case .invalidConfiguration(let field, _), .invalidSetting(let field, _):
            "Change `\(field)`."
        case .tokenOutOfRange:
            "Encode the text with the tokenizer that the model was made for."
        case .sequenceTooLong(_, _, let maximum):
            "Use at most \(maximum) tokens, or a model with a greater maximum length."
        case .emptyPrompt: "Begin each prompt with at least one token."
        case .countMismatch(_, let expected, _): "Give \(expected) values."
        case .nonFiniteOutput: "Go back to an earlier checkpoint and lower the learning rate."
        case .nonFiniteGradient: "Skip this batch, or lower the learning rate."
        case .unknownCharacter: "Remove the character, or add it to the tokenizer's vocabulary."
        case .unknownToken: "Decode with the tokenizer that encoded."
        case .invalidTokenizer: "Mend the tokenizer's file, or save it again with what made it."
        case .textLimit: "Split the text into shorter ones."
        case .chatTemplate: "Mend the template, or name one of the built-in chat formats."
        case .tensorFile: "Write the file again from a sound checkpoint of the same model."
        case .file: "Check the path and its permissions."
        case .wrongHead: "Load a model with the other head."
        case .cancelled: "Start again when ready."
        }
    }

    /// Damage during the work is the work's fault, all else the input's.
    public var fault: Fault {
        switch self {
        case .nonFiniteOutput, .nonFiniteGradient, .cancelled: .work
        default: .input
        }
    }

    /// What happened and where.
    public var description: String {
        switch self {
        case .invalidConfiguration(let field, let reason): "model: \(field) \(reason)"
        case .invalidSetting(let field, let reason): "\(field) \(reason)"
        case .tokenOutOfRange(let token, let sequence, let position, let vocabulary):
            "token \(token) at position \(position) of sequence \(sequence) is not in 0..<\(vocabulary)"
        case .sequenceTooLong(let sequence, let length, let maximum):
            "sequence \(sequence) has \(length) tokens; the model holds \(maximum)"
        case .emptyPrompt(let row): "prompt \(row) has no tokens"
        case .countMismatch(let what, let expected, let found):
            "\(what): expected \(expected) values, found \(found)"
        case .nonFiniteOutput(let sequence, let position):
            "the model's output is not finite at position \(position) of sequence \(sequence)"
        case .nonFiniteGradient: "the gradient is not finite"
        case .unknownCharacter(let character, let offset):
            "unknown character \(character.debugDescription) at offset \(offset)"
        case .unknownToken(let token, let size): "token \(token) is not in 0..<\(size)"
        case .invalidTokenizer(let reason): "tokenizer: \(reason)"
        case .textLimit(let reason): "text: \(reason)"
        case .chatTemplate(let line, let reason): "chat template, line \(line): \(reason)"
        case .tensorFile(let tensor, let reason):
            tensor.isEmpty ? "safetensors: \(reason)" : "safetensors: tensor \(tensor): \(reason)"
        case .file(let path, let reason): "\(path): \(reason)"
        case .wrongHead(let wanted, let found):
            "this needs a model with a \(wanted) head, and it has a \(found) one"
        case .cancelled: "cancelled"
        }
    }
}
