/* HTTP requests that arrive in pieces, and answers. */
#include "http.h"
#include "osapi.h"
#include <stdlib.h>

void ICACHE_FLASH_ATTR http_reset(struct http_request *r)
{
	r->length = 0;
	r->text[0] = 0;
}

/* content_length reads the header of that name in the head, which ends where the body begins. */
static int ICACHE_FLASH_ATTR content_length(const char *head)
{
	const char *at = os_strstr(head, "\r\nContent-Length:");

	if (!at)
		at = os_strstr(head, "\r\ncontent-length:");
	return at ? atoi(at + 17) : 0;
}

/* cut_line takes the first line apart: method, path and command. */
static enum http_progress ICACHE_FLASH_ATTR cut_line(struct http_request *r)
{
	char *target = os_strchr(r->text, ' ');
	char *end = target ? os_strchr(target + 1, ' ') : NULL;
	char *query;

	if (!end)
		return HTTP_BAD;
	*target++ = 0;
	*end = 0;
	r->method = os_strcmp(r->text, "GET") == 0 ? HTTP_GET : os_strcmp(r->text, "POST") == 0 ? HTTP_POST : HTTP_OTHER;
	r->path = target;
	r->command = "";
	query = os_strchr(target, '?');
	if (query) {
		*query++ = 0;
		if (os_strncmp(query, "command=", 8) == 0) {
			r->command = query + 8;
			query = os_strchr(query, '&');
			if (query)
				*query = 0;
		}
	}
	return HTTP_DONE;
}

enum http_progress ICACHE_FLASH_ATTR http_feed(struct http_request *r, const char *data, uint16 n)
{
	char *end;
	int wanted;

	if (n > HTTP_REQUEST_MAX - r->length)
		return HTTP_TOO_LONG;
	os_memcpy(r->text + r->length, data, n);
	r->length += n;
	r->text[r->length] = 0;
	end = os_strstr(r->text, "\r\n\r\n");
	if (!end)
		return HTTP_MORE;
	r->body = end + 4;
	*end = 0;
	wanted = content_length(r->text);
	*end = '\r';
	if (wanted < 0 || wanted > HTTP_REQUEST_MAX)
		return HTTP_TOO_LONG;
	if (r->text + r->length < r->body + wanted)
		return HTTP_MORE;
	r->body[wanted] = 0;
	return cut_line(r);
}

static const char *ICACHE_FLASH_ATTR reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 413:
		return "Content Too Large";
	default:
		return "Bad Request";
	}
}

uint16 ICACHE_FLASH_ATTR http_answer(char *to, int status, const char *type, const char *body)
{
	return os_snprintf(to, HTTP_ANSWER_MAX, "HTTP/1.1 %d %s\r\nServer: iot-server\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, reason(status), type, os_strlen(body), body);
}

bool ICACHE_FLASH_ATTR json_number(const char *json, const char *name, int *value)
{
	const char *at = json;
	int n = os_strlen(name);

	while ((at = os_strchr(at, '"')) != NULL) {
		at++;
		if (os_strncmp(at, name, n) != 0 || at[n] != '"')
			continue;
		at += n + 1;
		while (*at == ' ' || *at == ':')
			at++;
		if (*at != '-' && (*at < '0' || *at > '9'))
			return false;
		*value = atoi(at);
		return true;
	}
	return false;
}
