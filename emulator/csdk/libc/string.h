/* Strings and memory of the C library; rt/libc.c has them. Own text of emu8266, MIT licence. */
#ifndef EMU8266_STRING_H
#define EMU8266_STRING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memccpy(void *to, const void *from, int c, size_t n);
void *memchr(const void *s, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *mempcpy(void *to, const void *from, size_t n);
void *memrchr(const void *s, int c, size_t n);
void *memset(void *to, int value, size_t n);
char *strcat(char *to, const char *from);
char *strchr(const char *s, int c);
int strcmp(const char *a, const char *b);
int strcoll(const char *a, const char *b);
char *strcpy(char *to, const char *from);
size_t strcspn(const char *s, const char *reject);
size_t strlcat(char *to, const char *from, size_t n);
size_t strlcpy(char *to, const char *from, size_t n);
size_t strlen(const char *s);
char *strncat(char *to, const char *from, size_t n);
int strncmp(const char *a, const char *b, size_t n);
char *strncpy(char *to, const char *from, size_t n);
size_t strnlen(const char *s, size_t n);
char *strpbrk(const char *s, const char *accept);
char *strrchr(const char *s, int c);
size_t strspn(const char *s, const char *accept);
char *strstr(const char *text, const char *part);
char *strtok(char *s, const char *separators);
char *strtok_r(char *s, const char *separators, char **rest);
char *strdup(const char *s);
char *strlwr(char *s);
char *strndup(const char *s, size_t n);
char *strsep(char **s, const char *separators);
char *strupr(char *s);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
int strcmpi(const char *a, const char *b); /* other names of strcasecmp */
int stricmp(const char *a, const char *b);

#ifdef __cplusplus
}
#endif

#endif
