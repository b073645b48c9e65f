#ifndef ASSAY_H
#define ASSAY_H

// The C interface of Assay: rewards, answer checks, filters, advantages and losses on arrays.
//
// Calls are synchronous and may come from any thread at once; a scorer may be shared by threads. No call keeps
// anything between calls but scorers and each thread's last error, and threads that a call uses end with it: a
// process may fork between calls, and its child may go on calling. Texts are UTF-8; what is none is read with
// replacement characters. Functions that return int32_t give ASSAY_OK or a negative code, functions that return a
// pointer NULL, where they fail; assay_last_error says why.

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ASSAY_ABI_VERSION 2

// What came of a call.
#define ASSAY_OK 0
#define ASSAY_BAD_ARGUMENT (-1) // a NULL where there must be none, a negative count, offsets that descend
#define ASSAY_BAD_INPUT (-2)    // a spec, setting or number that cannot be used
#define ASSAY_FAILED (-3)       // the machine's fault

// What became of a row: the place of the status among these words.
#define ASSAY_SCORED 0           // scored
#define ASSAY_ABSTAIN 1          // abstain
#define ASSAY_GOLD_UNPARSEABLE 2 // gold_unparseable
#define ASSAY_PRED_MISSING 3     // pred_missing
#define ASSAY_PRED_UNPARSEABLE 4 // pred_unparseable
#define ASSAY_TIMEOUT 5          // timeout
#define ASSAY_RESOURCE_LIMIT 6   // resource_limit
#define ASSAY_INFRA_ERROR 7      // infra_error

// What a check says.
#define ASSAY_EQUAL 0
#define ASSAY_DIFFERENT 1
#define ASSAY_CHECK_GOLD_UNPARSEABLE 2
#define ASSAY_ANSWER_MISSING 3
#define ASSAY_ANSWER_UNPARSEABLE 4
#define ASSAY_CHECK_RESOURCE_LIMIT 5

int32_t assay_abi_version(void);
// The release, such as 0.1.0; not to be freed.
const char *assay_version(void);
// Why this thread's last call failed, and what would mend it; valid until its next call; never NULL.
const char *assay_last_error(void);
const char *assay_last_remedy(void);
// Releases a text that a call returned; NULL is fine.
void assay_free(char *text);

// A column of texts in Arrow's large_utf8 layout: text i is bytes[offsets[i]..<offsets[i + 1]].
typedef struct assay_texts {
    const uint8_t *bytes;
    const int64_t *offsets; // n + 1 of them; NULL where there is no such column
    const uint8_t *valid;   // bitmap, least significant bit first; NULL where every text is there
    int64_t first;          // of the bitmap: the bit of text 0
} assay_texts;

// Completions to score. Rows of one group answer the same problem and lie side by side.
typedef struct assay_rows {
    int64_t count;
    assay_texts completions;
    assay_texts golds;         // optional
    assay_texts prompts;       // optional
    assay_texts fields;        // optional: other members of each row, a JSON object a text
    const int64_t *groups;     // optional: equal numbers side by side are a group; else each row is its own
    const int64_t *tokens;     // optional: tokens of each completion; negative where nobody counted
    const uint8_t *truncated;  // optional: 1 where the token limit cut it
} assay_rows;

// Where results go; a NULL is left out. NaN stands for what could not be scored.
typedef struct assay_scores {
    double *rewards;             // [n]
    double *outcomes;            // [n]: raw
    int32_t *statuses;           // [n]
    double *components;          // [n][k]: unweighted values, in the order of assay_scorer_describe
    int32_t *component_statuses; // [n][k]
} assay_scores;

typedef struct assay_scorer assay_scorer;

// A scorer by a spec: from a file, or from YAML in memory, of which paths are relative to the working folder.
assay_scorer *assay_scorer_open(const char *path);
assay_scorer *assay_scorer_parse(const uint8_t *yaml, int64_t length);
void assay_scorer_close(assay_scorer *scorer);
// JSON: {"name","version","verifier","config_sha256","outcome","components":[{"name","weight"}],
// "compares_groups": rows want their groups, "reads_fields": rows want their fields}.
char *assay_scorer_describe(const assay_scorer *scorer);

// Scores rows with at most `threads` threads (0: as many as there are cores).
int32_t assay_score(const assay_scorer *scorer, const assay_rows *rows, const assay_scores *scores,
                    int32_t threads);
// Scores JSON lines; the records, a line each, are the bytes that `assay score` writes. Lines that cannot be read
// give records that say so.
char *assay_score_lines(const assay_scorer *scorer, const uint8_t *rows, int64_t length, int32_t threads,
                        int64_t *out_length);

// Whether an answer, bare or within a completion, equals a gold answer: ASSAY_EQUAL and so on, or a negative code.
int32_t assay_check(const uint8_t *gold, int64_t gold_length, const uint8_t *answer, int64_t answer_length);
// The same of n pairs; verdicts has room for n.
int32_t assay_check_batch(int64_t count, const assay_texts *golds, const assay_texts *answers,
                          int32_t threads, int32_t *verdicts);
// The same of one pair as JSON: {"verdict","reason","extracted","gold","answer"}, with "explanation" where asked.
char *assay_check_json(const uint8_t *gold, int64_t gold_length, const uint8_t *answer,
                       int64_t answer_length, int32_t explain);

// Rewards of groups; group g owns the rollouts offsets[g]..<offsets[g + 1]. NaN is what could not be scored.
typedef struct assay_groups {
    int64_t count;
    const int64_t *offsets;   // count + 1
    const double *rewards;
    const double *outcomes;   // optional: the raw ones; else the rewards
    const int64_t *lengths;   // optional where no filter or scale reads them: tokens
    const uint8_t *truncated; // optional
} assay_groups;

// Gate, filter and advantages of all groups by an objective: JSON settings such as
// {"preset":"gfpo-shortest","k":4}. Arrays have a place a rollout but `gates`, one a group; NULLs are left out.
// `gates`: 1 where the group is kept. `retained`: 1 where the filter keeps the rollout and it is trained on.
int32_t assay_assess(const char *objective, const assay_groups *groups, double *advantages,
                     uint8_t *retained, uint8_t *gates);

// Log-probabilities of completions; sequence s owns the tokens offsets[s]..<offsets[s + 1].
typedef struct assay_batch {
    int64_t count;
    const int64_t *offsets;    // count + 1
    const uint8_t *mask;       // [T]: 1 where a token is trained on; NULL: all of them
    const double *logp;        // [T]: of the policy
    const double *old_logp;    // [T]: of the policy that sampled
    const double *ref_logp;    // [T]; optional: of the reference
    const double *advantages;  // [count], or [T] where advantages_are_tokens
    int32_t advantages_are_tokens;
    const double *entropies;   // [T]; optional
} assay_batch;

// The loss of a batch. `gradient` has room for T numbers: d loss / d logp; NULL leaves it out. Returns JSON metrics.
char *assay_policy_loss(const char *objective, const assay_batch *batch, double *loss, double *gradient);

#ifdef __cplusplus
}
#endif
#endif
