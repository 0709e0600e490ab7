/* HTTP requests that arrive in pieces, and answers. */
#ifndef HTTP_H
#define HTTP_H

#include "c_types.h"

#define HTTP_REQUEST_MAX 1024 /* head and body of a request */
#define HTTP_ANSWER_MAX 2048  /* head and body of an answer */

enum http_method { HTTP_GET, HTTP_POST, HTTP_OTHER };

enum http_progress { HTTP_MORE, HTTP_DONE, HTTP_BAD, HTTP_TOO_LONG };

struct http_request {
	char text[HTTP_REQUEST_MAX + 1]; /* what has arrived, with a zero behind it */
	uint16 length;
	enum http_method method;
	char *path;    /* "/config" */
	char *command; /* of "?command=", or "" */
	char *body;
};

/* http_reset makes room for a new request. */
void http_reset(struct http_request *r);

/* http_feed takes n more bytes. When it says HTTP_DONE, the fields of r are set; then text has been cut into pieces. */
enum http_progress http_feed(struct http_request *r, const char *data, uint16 n);

/* http_answer writes head and body to a buffer of HTTP_ANSWER_MAX bytes and returns their length. */
uint16 http_answer(char *to, int status, const char *type, const char *body);

/* json_number finds "name": followed by a number. False if there is none. */
bool json_number(const char *json, const char *name, int *value);

#endif
