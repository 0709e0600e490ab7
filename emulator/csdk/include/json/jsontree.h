/* Writing a tree of values as JSON (sdk-surface.md, json); linked into the firmware. Own text of emu8266, MIT licence. */
#ifndef __JSONTREE_H__
#define __JSONTREE_H__

#include "../c_types.h"
#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef JSONTREE_CONF_MAX_DEPTH
#define JSONTREE_MAX_DEPTH JSONTREE_CONF_MAX_DEPTH
#else
#define JSONTREE_MAX_DEPTH 10
#endif

struct jsonparse_state;
struct jsontree_value;

struct jsontree_context {
	struct jsontree_value *values[JSONTREE_MAX_DEPTH]; /* from the root to where we are */
	uint16_t index[JSONTREE_MAX_DEPTH];                /* the element that is next in each */
	int (*putchar)(int);
	uint8_t depth;
	uint8_t path; /* jsontree_find_next stays below this depth */
	int callback_state;
};
ESP_OFFSET(struct jsontree_context, depth, 6 * JSONTREE_MAX_DEPTH + 4);

/* Each kind of value begins with its type. */
struct jsontree_value {
	uint8_t type;
};
struct jsontree_string {
	uint8_t type;
	const char *value;
};
struct jsontree_int {
	uint8_t type;
	int value;
};
struct jsontree_callback {
	uint8_t type;
	int (*output)(struct jsontree_context *context); /* writes JSON; not 0: call again */
	int (*set)(struct jsontree_context *context, struct jsonparse_state *parser);
};
struct jsontree_pair {
	const char *name;
	struct jsontree_value *value;
};
struct jsontree_object {
	uint8_t type;
	uint8_t count;
	struct jsontree_pair *pairs;
};
struct jsontree_array {
	uint8_t type;
	uint8_t count;
	struct jsontree_value **values;
};
ESP_LAYOUT(struct jsontree_callback, 12);
ESP_LAYOUT(struct jsontree_pair, 8);
ESP_LAYOUT(struct jsontree_object, 8);

#define JSONTREE_STRING(text) { JSON_TYPE_STRING, (text) }
#define JSONTREE_PAIR(name, value) { (name), (struct jsontree_value *)(value) }
#define JSONTREE_CALLBACK(output, set) { JSON_TYPE_CALLBACK, (output), (set) }
#define JSONTREE_PAIR_ARRAY(value) (struct jsontree_value *)(value)

#define ESP_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define JSONTREE_OBJECT_EXT(name, ...) \
	static struct jsontree_pair jsontree_pair_##name[] = { __VA_ARGS__ }; \
	struct jsontree_object name = { JSON_TYPE_OBJECT, ESP_COUNT(jsontree_pair_##name), jsontree_pair_##name }
#define JSONTREE_OBJECT(name, ...) \
	static struct jsontree_pair jsontree_pair_##name[] = { __VA_ARGS__ }; \
	static struct jsontree_object name = { JSON_TYPE_OBJECT, ESP_COUNT(jsontree_pair_##name), jsontree_pair_##name }
#define JSONTREE_ARRAY(name, ...) \
	static struct jsontree_value *jsontree_value_##name[] = { __VA_ARGS__ }; \
	static struct jsontree_array name = { JSON_TYPE_ARRAY, ESP_COUNT(jsontree_value_##name), jsontree_value_##name }

void jsontree_setup(struct jsontree_context *context, struct jsontree_value *root, int (*putchar)(int));
void jsontree_reset(struct jsontree_context *context);
const char *jsontree_path_name(const struct jsontree_context *context, int depth);
void jsontree_write_int(const struct jsontree_context *context, int value);
void jsontree_write_int_array(const struct jsontree_context *context, const int *values, uint32 count);
void jsontree_write_atom(const struct jsontree_context *context, const char *text);
void jsontree_write_string(const struct jsontree_context *context, const char *text);
int jsontree_print_next(struct jsontree_context *context);
struct jsontree_value *jsontree_find_next(struct jsontree_context *context, int type);

#ifdef __cplusplus
}
#endif

#endif
