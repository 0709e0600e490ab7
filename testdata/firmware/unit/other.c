/* A second file, with names that the first one has, too. */
#include "c_types.h"

static int mode = 7;
static int state(void) { return 2; }

int shared_state(void) { return state() + mode; }
