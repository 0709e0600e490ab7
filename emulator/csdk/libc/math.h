/* What WebAssembly computes by itself, and the rest of rt/math.c. Own text of emu8266, MIT licence. */
#ifndef EMU8266_MATH_H
#define EMU8266_MATH_H

#ifdef __cplusplus
extern "C" {
#endif

static inline double fabs(double x) { return __builtin_fabs(x); }
static inline float fabsf(float x) { return __builtin_fabsf(x); }
#ifdef __XTENSA__
double floor(double x);
double ceil(double x);
double trunc(double x);
double sqrt(double x);
float floorf(float x);
float ceilf(float x);
float sqrtf(float x);
#else
static inline double floor(double x) { return __builtin_floor(x); }
static inline double ceil(double x) { return __builtin_ceil(x); }
static inline double trunc(double x) { return __builtin_trunc(x); }
static inline double sqrt(double x) { return __builtin_sqrt(x); }
static inline float floorf(float x) { return __builtin_floorf(x); }
static inline float ceilf(float x) { return __builtin_ceilf(x); }
static inline float sqrtf(float x) { return __builtin_sqrtf(x); }
#endif

double acos(double x);
double asin(double x);
double atan(double x);
double atan2(double y, double x);
double cos(double x);
double exp(double x);
double fmod(double x, double y);
double log(double x);
double log10(double x);
double pow(double x, double y);
double round(double x);
double sin(double x);
double tan(double x);
float cosf(float x);
float expf(float x);
float fmodf(float x, float y);
float logf(float x);
float powf(float x, float y);
float roundf(float x);
float sinf(float x);

#define M_PI 3.14159265358979323846

#ifdef __cplusplus
}
#endif

#endif
