import Curricula
import Foundation
import Policy

/// The model that a recipe trains, with the tokenizer and the way of asking it.
struct OpenedPolicy {
    var model: Transformer
    var tokenizer: any Tokenizer
    var chat: ChatFormat

    private static let endOfText = "<end>"

    /// A new model of the recipe's shape for the built-in task, or that of its folder.
    static func open(_ recipe: Recipe) throws -> OpenedPolicy {
        let policy =
            try recipe.policy.model.map {
                try open(URL(fileURLWithPath: $0), recipe.policy)
            } ?? make(recipe)
        if let lora = recipe.policy.lora {
            try policy.model.addAdapter(lora.settings, seed: recipe.seed)
        }
        return policy
    }

    /// The shape of the model that `open` makes or reads.
    static func configuration(_ recipe: Recipe) throws -> TransformerConfiguration {
        if let model = recipe.policy.model {
            return try TransformerConfiguration(folder: URL(fileURLWithPath: model))
        }
        return recipe.policy.configuration(vocabularySize: try tokenizer(recipe).count)
    }

    private static func tokenizer(_ recipe: Recipe) throws -> CharacterTokenizer {
        let task = type(of: recipe.curriculum.task)
        return try CharacterTokenizer(
            special: task.specialTokens + [endOfText], characters: task.alphabet,
            endOfText: endOfText)
    }

    private static func make(_ recipe: Recipe) throws -> OpenedPolicy {
        let tokenizer = try tokenizer(recipe)
        let model = try Transformer(
            recipe.policy.configuration(vocabularySize: tokenizer.count), seed: recipe.seed,
            precision: recipe.policy.precision)
        return OpenedPolicy(model: model, tokenizer: tokenizer, chat: .plain)
    }

    private static func open(_ folder: URL, _ recipe: PolicyRecipe) throws -> OpenedPolicy {
        let tokenizer = try BytePairTokenizer(folder: folder)
        let model = try Transformer(folder: folder, precision: recipe.precision)
        guard tokenizer.count <= model.configuration.vocabularySize else {
            throw PolicyError.invalidTokenizer(
                reason: "\(tokenizer.count) tokens do not fit the model's "
                    + "\(model.configuration.vocabularySize)")
        }
        guard tokenizer.endOfText >= 0 else {
            throw PolicyError.invalidTokenizer(
                reason: "no token ends a text; name one as eos_token in tokenizer_config.json")
        }
        guard recipe.chat == .template else {
            return OpenedPolicy(model: model, tokenizer: tokenizer, chat: .plain)
        }
        guard let template = try ChatFormat.detect(folder: folder) else {
            throw PolicyError.file(
                path: folder.path, reason: "there is no chat template for policy.chat")
        }
        return OpenedPolicy(model: model, tokenizer: tokenizer, chat: template)
    }
}
