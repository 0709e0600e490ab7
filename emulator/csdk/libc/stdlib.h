/* Numbers in text; the heap under its C names is that of the SDK. Own text of emu8266, MIT licence. */
#ifndef EMU8266_STDLIB_H
#define EMU8266_STDLIB_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
	int quot, rem;
} div_t;

typedef struct {
	long quot, rem;
} ldiv_t;

void abort(void) __attribute__((noreturn));
int abs(int n);
double atof(const char *s);
int atoi(const char *s);
long atol(const char *s);
long long atoll(const char *s);
void *bsearch(const void *key, const void *base, size_t n, size_t size, int (*compare)(const void *key, const void *item));
div_t div(int n, int by);
long labs(long n);
ldiv_t ldiv(long n, long by);
long long llabs(long long n);
void qsort(void *base, size_t n, size_t size, int (*compare)(const void *a, const void *b));
int rand(void);
void srand(unsigned int seed);
double strtod(const char *s, char **end);
float strtof(const char *s, char **end);
long strtol(const char *s, char **end, int base);
long long strtoll(const char *s, char **end, int base);
unsigned long strtoul(const char *s, char **end, int base);
unsigned long long strtoull(const char *s, char **end, int base);

#define RAND_MAX 0x7fffffff

void *(malloc)(size_t n);
void *(calloc)(size_t count, size_t n);
void *(realloc)(void *p, size_t n);
void (free)(void *p);

#ifdef __cplusplus
}
#endif

#endif
