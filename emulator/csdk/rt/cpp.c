/* What a compiler of C++ calls by itself, for firmware without exceptions and RTTI, under the names that it has for the linker. All of it
 * is weak: firmware brings its own. new and delete are the SDK's heap; without room new is NULL. Linked into every firmware, which
 * keeps what it calls. Compiled like rt.c. Own text of emu8266, MIT licence. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define WEAK __attribute__((weak))

/* A size is an unsigned long in WebAssembly (m), an unsigned int on the chip (j). */
WEAK void *_Znwm(unsigned long n) { return malloc(n); }
WEAK void *_Znam(unsigned long n) { return malloc(n); }
WEAK void *_Znwj(unsigned n) { return malloc(n); }
WEAK void *_Znaj(unsigned n) { return malloc(n); }
WEAK void _ZdlPv(void *p) { free(p); }
WEAK void _ZdaPv(void *p) { free(p); }
WEAK void _ZdlPvm(void *p, unsigned long n) { free(p); }
WEAK void _ZdaPvm(void *p, unsigned long n) { free(p); }
WEAK void _ZdlPvj(void *p, unsigned n) { free(p); }
WEAK void _ZdaPvj(void *p, unsigned n) { free(p); }

WEAK void __cxa_pure_virtual(void) { __builtin_trap(); }
WEAK void __cxa_deleted_virtual(void) { __builtin_trap(); }

/* Variables of a function that are made when it is called first: the first byte says that one is made. */
WEAK int __cxa_guard_acquire(uint8_t *guard) { return !*guard; }
WEAK void __cxa_guard_release(uint8_t *guard) { *guard = 1; }
WEAK void __cxa_guard_abort(uint8_t *guard) {}

/* Firmware never ends, so nothing is destroyed. */
WEAK int __cxa_atexit(void (*f)(void *), void *arg, void *dso) { return 0; }
WEAK int atexit(void (*f)(void)) { return 0; }
#ifdef __XTENSA__
WEAK void *__dso_handle;
#endif
