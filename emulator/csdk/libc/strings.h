/* Strings and memory under their older names. Own text of emu8266, MIT licence. */
#ifndef EMU8266_STRINGS_H
#define EMU8266_STRINGS_H

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

int bcmp(const void *a, const void *b, size_t n);
void bcopy(const void *from, void *to, size_t n);
void bzero(void *s, size_t n);
int ffs(int n);
char *index(const char *s, int c);
char *rindex(const char *s, int c);

#ifdef __cplusplus
}
#endif

#endif
