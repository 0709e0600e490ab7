/* The SDK's JSON library (sdk-surface.md, json), linked into every firmware, which keeps what it calls. Compiled like rt.c,
 * so a firmware that sets another greatest depth has to keep to 10. Own text of emu8266, MIT licence.
 *
 * Deviation: what is nested deeper than the structs have room for ends with an error here; the SDK writes behind them.
 * Deviation: reading ends at the length given, also inside a string; the SDK looks for the NUL or the quote. */
#include "../include/json/jsonparse.h"
#include "../include/json/jsontree.h"
#include <stdlib.h>
#include <string.h>

/* Firmware may bring its own copy. */
#pragma weak jsonparse_setup
#pragma weak jsonparse_next
#pragma weak jsonparse_copy_value
#pragma weak jsonparse_get_value_as_int
#pragma weak jsonparse_get_value_as_long
#pragma weak jsonparse_get_value_as_ulong
#pragma weak jsonparse_get_len
#pragma weak jsonparse_get_type
#pragma weak jsonparse_has_next
#pragma weak jsonparse_strcmp_value
#pragma weak jsontree_setup
#pragma weak jsontree_reset
#pragma weak jsontree_path_name
#pragma weak jsontree_write_int
#pragma weak jsontree_write_int_array
#pragma weak jsontree_write_atom
#pragma weak jsontree_write_string
#pragma weak jsontree_print_next
#pragma weak jsontree_find_next

/* --- reading --- */

void jsonparse_setup(struct jsonparse_state *state, const char *json, int len)
{
	state->json = json;
	state->len = len;
	state->pos = state->depth = 0;
	state->error = state->stack[0] = 0;
}

/* at returns a character of the text, 0 behind its end. */
static char at(const struct jsonparse_state *s, int i) { return i >= 0 && i < s->len ? s->json[i] : 0; }

int jsonparse_get_type(struct jsonparse_state *state) { return state->depth ? state->stack[state->depth - 1] : 0; }
int jsonparse_has_next(struct jsonparse_state *state) { return state->pos < state->len; }
int jsonparse_get_len(struct jsonparse_state *state) { return state->vlen; }

static int fail(struct jsonparse_state *s, int error)
{
	s->error = error;
	return JSON_TYPE_ERROR;
}

static int open_(struct jsonparse_state *s, char c)
{
	if (s->depth >= JSONPARSE_MAX_DEPTH)
		return fail(s, JSON_ERROR_SYNTAX);
	s->stack[s->depth++] = c;
	s->vtype = 0;
	return c;
}

/* quoted reads a string or a name, whose first quote is behind us. */
static int quoted(struct jsonparse_state *s, char type)
{
	s->vtype = type;
	s->vstart = s->pos;
	for (; s->pos < s->len && at(s, s->pos) != '"' && at(s, s->pos); s->pos++)
		if (at(s, s->pos) == '\\')
			s->pos++;
	if (s->pos > s->len)
		s->pos = s->len;
	s->vlen = s->pos++ - s->vstart;
	return type;
}

/* number reads digits and dots, whose first is behind us. */
static int number(struct jsonparse_state *s)
{
	s->vtype = JSON_TYPE_NUMBER;
	s->vstart = s->pos - 1;
	while ((at(s, s->pos) >= '0' && at(s, s->pos) <= '9') || at(s, s->pos) == '.')
		s->pos++;
	s->vlen = s->pos - s->vstart;
	return JSON_TYPE_NUMBER;
}

int jsonparse_next(struct jsonparse_state *state)
{
	struct jsonparse_state *s = state;
	char c, in;

	if (!s || s->pos > s->len)
		return -2;
	while (s->pos < s->len && (at(s, s->pos) == ' ' || at(s, s->pos) == '\n'))
		s->pos++;
	in = jsonparse_get_type(s);
	c = at(s, s->pos++);
	switch (c) {
	case '{':
	case ':':
		return open_(s, c);
	case '[':
		if (in == '{' || in == '[' || in == ':')
			return open_(s, c);
		return fail(s, JSON_ERROR_UNEXPECTED_ARRAY);
	case '}':
		if (in == ':' && s->vtype) { /* the value of the last pair ends with it */
			s->depth--;
			in = jsonparse_get_type(s);
		}
		if (in != '{')
			return fail(s, JSON_ERROR_SYNTAX);
		s->depth--;
		return c;
	case ']':
		if (in != '[')
			return fail(s, JSON_ERROR_UNEXPECTED_END_OF_ARRAY);
		s->depth--;
		return c;
	case ',':
		if (in == ':' && s->vtype)
			s->depth--;
		else if (in != '[')
			return fail(s, JSON_ERROR_SYNTAX);
		return c;
	case '"':
		if (in == '{')
			return quoted(s, JSON_TYPE_PAIR_NAME);
		if (in == '[' || in == ':')
			return quoted(s, JSON_TYPE_STRING);
		return fail(s, JSON_ERROR_UNEXPECTED_STRING);
	}
	if (c >= '0' && c <= '9' && (in == ':' || in == '['))
		return number(s);
	return 0;
}

int jsonparse_copy_value(struct jsonparse_state *state, char *to, int size)
{
	int i, n, out = 0, escaped = 0;

	if (!state->vtype)
		return 0;
	n = size <= state->vlen ? size - 1 : state->vlen;
	for (i = 0; i < n; i++) {
		char c = at(state, state->vstart + i);

		escaped = c == '\\' && !escaped;
		if (!escaped)
			to[out++] = c;
	}
	to[out] = 0;
	return state->vtype;
}

/* A value ends before its NUL, so strtol must not see what follows. */
static unsigned long value(struct jsonparse_state *s, int base, int is_signed)
{
	char text[16];
	int n = s->vlen < (int)sizeof(text) - 1 ? s->vlen : (int)sizeof(text) - 1;

	if (s->vtype != JSON_TYPE_NUMBER)
		return 0;
	memcpy(text, s->json + s->vstart, n);
	text[n] = 0;
	return is_signed ? (unsigned long)strtol(text, NULL, base) : strtoul(text, NULL, base);
}

int jsonparse_get_value_as_int(struct jsonparse_state *state) { return value(state, 10, 1); }
long jsonparse_get_value_as_long(struct jsonparse_state *state) { return value(state, 10, 1); }
unsigned long jsonparse_get_value_as_ulong(struct jsonparse_state *state) { return value(state, 0, 0); }

int jsonparse_strcmp_value(struct jsonparse_state *state, const char *text)
{
	if (!state->vtype || !text || (int)strlen(text) != state->vlen)
		return -1;
	return strncmp(text, state->json + state->vstart, state->vlen);
}

/* --- writing --- */

void jsontree_reset(struct jsontree_context *context)
{
	context->depth = 0;
	context->index[0] = 0;
}

void jsontree_setup(struct jsontree_context *context, struct jsontree_value *root, int (*putchar)(int))
{
	context->values[0] = root;
	context->putchar = putchar;
	context->path = 0;
	jsontree_reset(context);
}

const char *jsontree_path_name(const struct jsontree_context *context, int depth)
{
	if (depth >= context->depth || context->values[depth]->type != JSON_TYPE_OBJECT)
		return "";
	return ((struct jsontree_object *)context->values[depth])->pairs[context->index[depth]].name;
}

void jsontree_write_atom(const struct jsontree_context *context, const char *text)
{
	if (!text)
		text = "0";
	while (*text)
		context->putchar(*text++);
}

void jsontree_write_string(const struct jsontree_context *context, const char *text)
{
	context->putchar('"');
	for (; text && *text; text++) {
		if (*text == '"')
			context->putchar('\\');
		context->putchar(*text);
	}
	context->putchar('"');
}

void jsontree_write_int(const struct jsontree_context *context, int value)
{
	char digits[10];
	int n = 0;
	unsigned int rest = value < 0 ? -(unsigned int)value : (unsigned int)value;

	if (value < 0)
		context->putchar('-');
	do
		digits[n++] = '0' + rest % 10;
	while (rest /= 10);
	while (n)
		context->putchar(digits[--n]);
}

void jsontree_write_int_array(const struct jsontree_context *context, const int *values, uint32 count)
{
	uint32 i;

	if (!values)
		context->putchar('0');
	for (i = 0; values && i < count; i++) {
		if (i)
			context->putchar(',');
		jsontree_write_int(context, values[i]);
	}
}

/* child returns the element that is next in a value, NULL if there is none. */
static struct jsontree_value *child(const struct jsontree_context *c, const char **name)
{
	struct jsontree_value *v = c->values[c->depth];
	int i = c->index[c->depth];

	*name = NULL;
	if (v->type == JSON_TYPE_OBJECT && i < ((struct jsontree_object *)v)->count) {
		*name = ((struct jsontree_object *)v)->pairs[i].name;
		return ((struct jsontree_object *)v)->pairs[i].value;
	}
	if (v->type == JSON_TYPE_ARRAY && i < ((struct jsontree_array *)v)->count)
		return ((struct jsontree_array *)v)->values[i];
	return NULL;
}

/* down goes to an element, up back to what holds it; 0 if that cannot be. */
static int down(struct jsontree_context *c, struct jsontree_value *v)
{
	if (c->depth + 1 >= JSONTREE_MAX_DEPTH)
		return 0;
	c->values[++c->depth] = v;
	c->index[c->depth] = 0;
	return 1;
}

static int up(struct jsontree_context *c)
{
	if (!c->depth)
		return 0;
	c->index[--c->depth]++;
	return 1;
}

int jsontree_print_next(struct jsontree_context *context)
{
	struct jsontree_context *c = context;
	struct jsontree_value *v = c->values[c->depth], *next;
	const char *name;

	switch (v->type) {
	case JSON_TYPE_OBJECT:
	case JSON_TYPE_ARRAY:
		next = child(c, &name);
		if (!c->index[c->depth]) {
			c->putchar(v->type);
			c->putchar('\n');
		} else if (next) {
			c->putchar(',');
			c->putchar('\n');
		}
		if (!next) {
			c->putchar('\n');
			c->putchar(v->type + 2); /* the bracket that closes */
			break;
		}
		if (v->type == JSON_TYPE_OBJECT) {
			jsontree_write_string(c, name);
			c->putchar(':');
		}
		return down(c, next);
	case JSON_TYPE_STRING:
		jsontree_write_string(c, ((struct jsontree_string *)v)->value);
		break;
	case JSON_TYPE_INT:
		jsontree_write_int(c, ((struct jsontree_int *)v)->value);
		break;
	case JSON_TYPE_CALLBACK: {
		struct jsontree_callback *callback = (struct jsontree_callback *)v;

		if (!c->index[c->depth])
			c->callback_state = 0;
		if (!callback->output)
			jsontree_write_string(c, "");
		else if (callback->output(c)) {
			c->index[c->depth]++;
			return 1;
		}
		break;
	}
	default:
		return 0;
	}
	return up(c);
}

struct jsontree_value *jsontree_find_next(struct jsontree_context *context, int type)
{
	struct jsontree_context *c = context;
	struct jsontree_value *v;
	const char *name;

	do {
		while (!(v = child(c, &name)) || !down(c, v))
			if (!up(c))
				return NULL;
	} while (v->type != type && c->path < c->depth);
	c->callback_state = 0;
	return c->path < c->depth ? v : NULL;
}
