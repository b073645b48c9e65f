// Included once an instruction set with LANES, TILE_ROWS, TABLE and TABLE_NAME defined; the parts
// are written over vectors of LANES floats, so one text serves them all.
#include "body_vector.h"
#include "body_gemm.h"
#include "body_rows.h"
#include "body_transpose.h"
#include "body_attention.h"
#include "body_cache.h"
#include "body_loss.h"

const ck_table TABLE = {
    .name = TABLE_NAME,
    .lanes = LANES,
    .panel = PANEL,
    .pack = pack,
    .gemm_packed = gemm_packed,
    .gemm = gemm,
    .norm = norm,
    .norm_back = norm_back,
    .rope = rope,
    .attend_pages = attend_pages,
    .keep_in_page = keep_in_page,
    .attention = attention,
    .attention_back = attention_back,
    .swiglu = swiglu,
    .swiglu_back = swiglu_back,
    .log_softmax = log_softmax,
    .log_softmax_back = log_softmax_back,
    .exponentials = exponentials,
    .add = add,
    .add_scaled = add_scaled,
    .dot = dot,
    .block_sums = block_sums,
    .add_to_rows = add_to_rows,
    .add_columns = add_columns,
    .to_half = to_half,
    .from_half = from_half,
    .transpose = transpose,
    .transpose_to_half = transpose_to_half,
    .sum_of_squares = sum_of_squares,
    .adamw = adamw,
};
