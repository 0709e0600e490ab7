/* Numbers with a point; rt/math.c has them. Own text of emu8266, MIT licence. */
#ifndef EMU8266_MATH_H
#define EMU8266_MATH_H

#ifdef __cplusplus
extern "C" {
#endif

double fabs(double x);
double floor(double x);
double ceil(double x);
double trunc(double x);
double sqrt(double x);
float fabsf(float x);
float floorf(float x);
float ceilf(float x);
float sqrtf(float x);
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
