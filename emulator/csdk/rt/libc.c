/* The C library, as far as firmware uses it: libc/ has its headers. Linked into every firmware, which keeps what it calls. All of it is
 * weak: the firmware's own functions go before these. Compiled like rt.c. Own text of emu8266, MIT licence. */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WEAK __attribute__((weak))
#ifdef __XTENSA__
#define SDK
#else
#define SDK __attribute__((import_module("esp")))
#endif
SDK void *pvPortMalloc(size_t n, const char *file, unsigned line, unsigned char iram);
SDK void *pvPortCalloc(size_t count, size_t n, const char *file, unsigned line);
SDK void *pvPortRealloc(void *p, size_t n, const char *file, unsigned line);
SDK void vPortFree(void *p, const char *file, unsigned line);

WEAK int errno;

WEAK char *setlocale(int category, const char *locale)
{
	if (category < LC_ALL || category > LC_TIME || (locale && *locale && strcmp(locale, "C") && strcmp(locale, "POSIX")))
		return NULL;
	return "C";
}

WEAK struct lconv *localeconv(void)
{
	static struct lconv c = {".", "", "", "", "", "", "", "", "", "", 127, 127, 127, 127, 127, 127, 127, 127};

	return &c;
}

WEAK int isdigit(int c) { return c >= '0' && c <= '9'; }
WEAK int islower(int c) { return c >= 'a' && c <= 'z'; }
WEAK int isupper(int c) { return c >= 'A' && c <= 'Z'; }
WEAK int isalpha(int c) { return islower(c) || isupper(c); }
WEAK int isalnum(int c) { return isalpha(c) || isdigit(c); }
WEAK int iscntrl(int c) { return (c >= 0 && c < ' ') || c == 127; }
WEAK int isgraph(int c) { return c > ' ' && c < 127; }
WEAK int isprint(int c) { return c >= ' ' && c < 127; }
WEAK int ispunct(int c) { return isgraph(c) && !isalnum(c); }
WEAK int isspace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
WEAK int isxdigit(int c) { return isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
WEAK int tolower(int c) { return isupper(c) ? c + 32 : c; }
WEAK int toupper(int c) { return islower(c) ? c - 32 : c; }
WEAK int isblank(int c) { return c == ' ' || c == '\t'; }
WEAK int isascii(int c) { return c >= 0 && c < 128; }
WEAK int toascii(int c) { return c & 127; }

WEAK void *memchr(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n--; p++)
		if (*p == (unsigned char)c)
			return (void *)p;
	return NULL;
}

WEAK void *memrchr(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n--;)
		if (p[n] == (unsigned char)c)
			return (void *)(p + n);
	return NULL;
}

WEAK void *memccpy(void *to, const void *from, int c, size_t n)
{
	const void *end = memchr(from, c, n);

	if (end)
		n = (const char *)end - (const char *)from + 1;
	memcpy(to, from, n);
	return end ? (char *)to + n : NULL;
}

WEAK void *mempcpy(void *to, const void *from, size_t n) { return (char *)memcpy(to, from, n) + n; }
WEAK void bzero(void *s, size_t n) { memset(s, 0, n); }
WEAK void bcopy(const void *from, void *to, size_t n) { memmove(to, from, n); }
WEAK int bcmp(const void *a, const void *b, size_t n) { return memcmp(a, b, n); }
WEAK int ffs(int n) { return n ? __builtin_ctz(n) + 1 : 0; }

WEAK char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

WEAK char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

WEAK char *index(const char *s, int c) { return strchr(s, c); }
WEAK char *rindex(const char *s, int c) { return strrchr(s, c); }

WEAK int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

WEAK int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; a++, b++, n--)
		;
	return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

WEAK int strcoll(const char *a, const char *b) { return strcmp(a, b); }

WEAK int strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && tolower(*a) == tolower(*b); a++, b++, n--)
		;
	return n ? tolower(*a) - tolower(*b) : 0;
}

WEAK int strcasecmp(const char *a, const char *b) { return strncasecmp(a, b, SIZE_MAX); }
WEAK int strcmpi(const char *a, const char *b) { return strcasecmp(a, b); }
WEAK int stricmp(const char *a, const char *b) { return strcasecmp(a, b); }

WEAK char *strcpy(char *to, const char *from)
{
	memcpy(to, from, strlen(from) + 1);
	return to;
}

WEAK char *strncpy(char *to, const char *from, size_t n)
{
	size_t i = 0;

	for (; i < n && from[i]; i++)
		to[i] = from[i];
	memset(to + i, 0, n - i);
	return to;
}

WEAK char *strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = malloc(n);

	return copy ? memcpy(copy, s, n) : NULL;
}

WEAK char *strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = malloc(len + 1);

	if (copy)
		((char *)memcpy(copy, s, len))[len] = 0;
	return copy;
}

WEAK size_t strlcpy(char *to, const char *from, size_t n)
{
	size_t len = strlen(from);

	if (n) {
		n = len < n ? len : n - 1;
		memcpy(to, from, n);
		to[n] = 0;
	}
	return len;
}

WEAK size_t strlcat(char *to, const char *from, size_t n)
{
	size_t len = strnlen(to, n);

	return len + strlcpy(to + len, from, n - len);
}

WEAK char *strlwr(char *s)
{
	for (char *p = s; *p; p++)
		*p = tolower(*p);
	return s;
}

WEAK char *strupr(char *s)
{
	for (char *p = s; *p; p++)
		*p = toupper(*p);
	return s;
}

WEAK char *strcat(char *to, const char *from)
{
	strcpy(to + strlen(to), from);
	return to;
}

WEAK size_t strnlen(const char *s, size_t n)
{
	const char *end = memchr(s, 0, n);

	return end ? (size_t)(end - s) : n;
}

WEAK char *strncat(char *to, const char *from, size_t n)
{
	size_t len = strnlen(from, n);
	char *end = to + strlen(to);

	memcpy(end, from, len);
	end[len] = 0;
	return to;
}

WEAK char *strstr(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (;; text++) {
		if (!strncmp(text, part, n))
			return (char *)text;
		if (!*text)
			return NULL;
	}
}

WEAK size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

WEAK size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

WEAK char *strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

WEAK char *strtok_r(char *s, const char *separators, char **rest)
{
	char *token;

	if (!s)
		s = *rest;
	token = s + strspn(s, separators);
	if (!*token) {
		*rest = token;
		return NULL;
	}
	s = token + strcspn(token, separators);
	if (*s)
		*s++ = 0;
	*rest = s;
	return token;
}

WEAK char *strsep(char **s, const char *separators)
{
	char *token = *s;

	if (token) {
		*s = strpbrk(token, separators);
		if (*s)
			*(*s)++ = 0;
	}
	return token;
}

WEAK char *strtok(char *s, const char *separators)
{
	static char *rest;

	return strtok_r(s, separators, &rest);
}

/* digits reads an unsigned number of at most max. In overflow, over is set. */
static uint64_t digits(const char *s, const char **end, int base, uint64_t max, int *over)
{
	uint64_t n = 0;

	for (;; s++) {
		int d = isdigit(*s) ? *s - '0' : isalpha(*s) ? tolower(*s) - 'a' + 10 : base;

		if (d >= base) {
			*end = s;
			return n;
		}
		if (n > (max - d) / base)
			*over = 1;
		n = n * base + d;
	}
}

/* number reads what strtol and its kin take: white space, sign, the base's mark. */
static uint64_t number(const char *s, char **end, int base, uint64_t max, int *negative, int *over)
{
	const char *start = s, *first, *last;
	uint64_t n;

	while (isspace(*s))
		s++;
	*negative = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if ((base == 0 || base == 16) && s[0] == '0' && tolower(s[1]) == 'x' && isxdigit(s[2])) {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = *s == '0' ? 8 : 10;
	first = s;
	n = digits(s, &last, base, max, over);
	if (end)
		*end = (char *)(last == first ? start : last);
	return n;
}

/* without reads a number without a sign in the result, with one that has it: at most max. */
static uint64_t without(const char *s, char **end, int base, uint64_t max)
{
	int negative, over = 0;
	uint64_t n = number(s, end, base, max, &negative, &over);

	if (over) {
		errno = ERANGE;
		return max;
	}
	return negative ? -n : n;
}

static int64_t with(const char *s, char **end, int base, uint64_t max)
{
	int negative, over = 0;
	uint64_t n = number(s, end, base, max + 1, &negative, &over);

	if (over || n > max + negative) {
		errno = ERANGE;
		n = max + negative;
	}
	return negative ? -n : n;
}

WEAK unsigned long strtoul(const char *s, char **end, int base) { return without(s, end, base, UINT32_MAX); }
WEAK unsigned long long strtoull(const char *s, char **end, int base) { return without(s, end, base, UINT64_MAX); }
WEAK long strtol(const char *s, char **end, int base) { return with(s, end, base, INT32_MAX); }
WEAK long long strtoll(const char *s, char **end, int base) { return with(s, end, base, INT64_MAX); }
WEAK long atol(const char *s) { return strtol(s, NULL, 10); }
WEAK int atoi(const char *s) { return atol(s); }
WEAK long long atoll(const char *s) { return strtoll(s, NULL, 10); }
WEAK int abs(int n) { return n < 0 ? -n : n; }
WEAK long labs(long n) { return n < 0 ? -n : n; }
WEAK long long llabs(long long n) { return n < 0 ? -n : n; }
WEAK div_t div(int n, int by) { return (div_t){n / by, n % by}; }
WEAK ldiv_t ldiv(long n, long by) { return (ldiv_t){n / by, n % by}; }

/* strtod reads digits, a point and a power of ten; no infinity, no hexadecimal. The last place may be off by one. */
WEAK double strtod(const char *s, char **end)
{
	const char *start = s, *last;
	double n = 0;
	int negative, power = 0, any = 0;

	while (isspace(*s))
		s++;
	negative = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	for (; isdigit(*s); s++, any = 1)
		n = n * 10 + (*s - '0');
	if (*s == '.')
		for (s++; isdigit(*s); s++, any = 1, power--)
			n = n * 10 + (*s - '0');
	last = any ? s : start;
	if (any && tolower(*s) == 'e') {
		char *behind;
		long e = strtol(s + 1, &behind, 10);

		if (behind > s + 1 && !isspace(s[1])) {
			last = behind;
			power += e > 400 ? 400 : e < -400 ? -400 : e;
		}
	}
	for (; power > 0; power--)
		n *= 10;
	for (; power < -300; power++)
		n /= 10;
	if (power < 0) {
		double by = 1;

		for (; power < 0; power++)
			by *= 10;
		n /= by;
	}
	if (end)
		*end = (char *)last;
	return negative ? -n : n;
}

WEAK double atof(const char *s) { return strtod(s, NULL); }
WEAK float strtof(const char *s, char **end) { return strtod(s, end); }

static void swap(char *a, char *b, size_t n)
{
	for (; n--; a++, b++) {
		char c = *a;

		*a = *b;
		*b = c;
	}
}

/* sift lets an element sink in a heap of n, the greatest on top. */
static void sift(char *base, size_t i, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	size_t child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && compare(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (compare(base + i * size, base + child * size) >= 0)
			return;
		swap(base + i * size, base + child * size, size);
	}
}

WEAK void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	size_t i;

	for (i = n / 2; i-- > 0;)
		sift(base, i, n, size, compare);
	for (i = n; i-- > 1;) {
		swap(base, (char *)base + i * size, size);
		sift(base, 0, i, size, compare);
	}
}

WEAK void *bsearch(const void *key, const void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	while (n) {
		const char *middle = (const char *)base + n / 2 * size;
		int c = compare(key, middle);

		if (c == 0)
			return (void *)middle;
		if (c > 0) {
			base = middle + size;
			n--;
		}
		n /= 2;
	}
	return NULL;
}

static uint32_t seed = 1;

WEAK void srand(unsigned int s) { seed = s; }

WEAK int rand(void)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 1) & RAND_MAX;
}

WEAK void *malloc(size_t n) { return pvPortMalloc(n, "malloc", 0, 1); }
WEAK void *calloc(size_t count, size_t n) { return pvPortCalloc(count, n, "calloc", 0); }
WEAK void *realloc(void *p, size_t n) { return pvPortRealloc(p, n, "realloc", 0); }
WEAK void free(void *p) { vPortFree(p, "free", 0); }

/* The SDK's: seconds since 1970 of a date. Days are counted in years that begin in March. */
WEAK uint64_t system_mktime(uint32_t year, uint32_t month, uint32_t day, uint32_t hour, uint32_t minute, uint32_t second)
{
	if (month > 2)
		month -= 2;
	else {
		month += 10;
		year--;
	}
	return (((uint64_t)(year / 4 - year / 100 + year / 400 + 367 * month / 12 + day + year * 365 - 719499) * 24 + hour) * 60 + minute) * 60 + second;
}
