#include <math.h>
#include <string.h>

#include "tables.h"
#define LANES 4
#define TILE_ROWS 6
#define TABLE ck_table_portable
#define TABLE_NAME "portable"
#include "kernels_body.h"
