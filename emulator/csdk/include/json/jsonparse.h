/* Reading JSON token by token (sdk-surface.md, json); linked into the firmware. Own text of emu8266, MIT licence. */
#ifndef __JSONPARSE_H__
#define __JSONPARSE_H__

#include "../c_types.h"
#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef JSONPARSE_CONF_MAX_DEPTH
#define JSONPARSE_MAX_DEPTH JSONPARSE_CONF_MAX_DEPTH
#else
#define JSONPARSE_MAX_DEPTH 10
#endif

struct jsonparse_state {
	const char *json;
	int pos;
	int len;
	int depth;
	int vstart; /* the value under way: where it begins, how long it is, its type */
	int vlen;
	char vtype;
	char error;
	char stack[JSONPARSE_MAX_DEPTH]; /* what is open */
};
ESP_OFFSET(struct jsonparse_state, vtype, 24);
ESP_OFFSET(struct jsonparse_state, stack, 26);

void jsonparse_setup(struct jsonparse_state *state, const char *json, int len);
int jsonparse_next(struct jsonparse_state *state);
int jsonparse_copy_value(struct jsonparse_state *state, char *to, int size);
int jsonparse_get_value_as_int(struct jsonparse_state *state);
long jsonparse_get_value_as_long(struct jsonparse_state *state);
unsigned long jsonparse_get_value_as_ulong(struct jsonparse_state *state);
int jsonparse_get_len(struct jsonparse_state *state);
int jsonparse_get_type(struct jsonparse_state *state);
int jsonparse_has_next(struct jsonparse_state *state);
int jsonparse_strcmp_value(struct jsonparse_state *state, const char *text);

#ifdef __cplusplus
}
#endif

#endif
