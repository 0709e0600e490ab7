/* What WebAssembly computes by itself. Own text of emu8266, MIT licence. */
#ifndef EMU8266_MATH_H
#define EMU8266_MATH_H

static inline double fabs(double x) { return __builtin_fabs(x); }
static inline double floor(double x) { return __builtin_floor(x); }
static inline double ceil(double x) { return __builtin_ceil(x); }
static inline double trunc(double x) { return __builtin_trunc(x); }
static inline double sqrt(double x) { return __builtin_sqrt(x); }
static inline float fabsf(float x) { return __builtin_fabsf(x); }
static inline float floorf(float x) { return __builtin_floorf(x); }
static inline float ceilf(float x) { return __builtin_ceilf(x); }
static inline float sqrtf(float x) { return __builtin_sqrtf(x); }

#define M_PI 3.14159265358979323846

#endif
