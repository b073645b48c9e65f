import Rollouts
import Testing

@testable import Objectives

/// Every golden case by name, against real code with the parameters of the case.
struct GoldenTests {
    static let checks = GoldenAdvantageCases.all
        .merging(GoldenPolicyCases.all) { a, _ in a }

    /// Cases without code in this module, each for its reason.
    static let notCovered: [String: String] = [
        "curriculum/adarft": "curricula", "curriculum/dump_ucb": "curricula",
        "curriculum/e2h": "curricula", "curriculum/kimi_prioritised": "curricula",
        "curriculum/lilo_select": "curricula", "curriculum/pcl_select": "curricula",
        "curriculum/qwenlong_difficulty": "curricula",
        "advantage/gdpo_trl": "not implemented",
        "advantage/gdpo_verl_token_whiten": "not implemented",
        "advantage/gfpo_adaptive_difficulty_k": "not implemented",
        "advantage/gae_g1.0_l1.0": "not implemented",
        "advantage/gae_g0.99_l0.95": "not implemented",
        "advantage/reinforce_pp": "not implemented",
        "advantage/reinforce_pp_baseline": "not implemented",
        "reward/kimi_length": "not implemented",
        "reward/kimi_length_equal": "not implemented",
        "reward/cosine_length": "not implemented",
        "reward/ngram_repetition": "not implemented",
        "reward/qwenlong_hybrid_max": "not implemented",
        "value/clipped_mse_0.2": "not implemented",
        "value/clipped_mse_0.5": "not implemented",
        "preference/dpo_sigmoid": "not implemented",
        "preference/cdpo_label_smoothing0.1": "not implemented",
        "preference/robust_dpo_0.1": "not implemented",
        "preference/ipo_sum": "not implemented",
        "preference/ipo_length_normalised": "not implemented",
        "preference/dpo_length_normalised": "not implemented",
        "preference/simpo": "not implemented",
        "preference/hinge": "not implemented",
        "reward_model/bt": "not implemented",
        "reward_model/bt_margin": "not implemented",
        "reward_model/bt_margin_center0.01": "not implemented",
        "reward_model/gapo_discriminator_bce": "not implemented",
        "entropy/categorical": "not implemented",
        "entropy/aent_clamped": "not implemented",
        "entropy/top20_mask": "not implemented",
        "entropy/adaptive_controller_skywork": "not implemented",
        "kl/adaptive_controller": "not implemented",
        "curriculum/reasoning_gym_level": "curricula", "curriculum/sec_td0": "curricula",
    ]

    @Test(arguments: checks.keys.sorted())
    func matches(_ name: String) throws {
        let file = try GoldenFile.judged.get()
        let check = try #require(Self.checks[name])
        guard let golden = file.cases[name] else {
            Issue.record("the file has no case \(name)")
            return
        }
        try check(golden)
    }

    @Test("the repository's copy holds exactly the covered and the excused cases")
    func coverage() throws {
        let own = Set(try GoldenFile.own.get().cases.keys)
        let covered = Set(Self.checks.keys)
        let excused = Set(Self.notCovered.keys)
        #expect(covered.isDisjoint(with: excused))
        #expect(own.subtracting(covered).subtracting(excused).sorted() == [])
        #expect(covered.union(excused).subtracting(own).sorted() == [])
    }
}
