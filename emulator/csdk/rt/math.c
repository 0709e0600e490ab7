/* Functions of math.h, linked into firmware that includes it or calls one of them. All of it is weak: the
 * firmware's own functions go before these. Choice: series that are right to about 14 digits, no error numbers. Compiled like
 * rt.c. Own text of emu8266, MIT licence. */
#include <math.h>
#include <stdint.h>

#define WEAK __attribute__((weak))
#define LN2 0.69314718055994530942
#define NAN (0.0 / 0.0)
#define INFINITE (1.0 / 0.0)

union bits {
	double x;
	uint64_t n;
};

/* scale returns x * 2^e, for e of -1022 to 1023. */
static double scale(double x, int e)
{
	union bits b;

	b.n = (uint64_t)(1023 + e) << 52;
	return x * b.x;
}

WEAK double fabs(double x) { return __builtin_fabs(x); }
WEAK float fabsf(float x) { return __builtin_fabsf(x); }

#ifdef __XTENSA__
WEAK double trunc(double x) { return fabs(x) < 4503599627370496.0 ? (double)(int64_t)x : x; }
WEAK double floor(double x) { return trunc(x) > x ? trunc(x) - 1 : trunc(x); }
WEAK double ceil(double x) { return trunc(x) < x ? trunc(x) + 1 : trunc(x); }

WEAK double sqrt(double x)
{
	union bits b = {x};
	int i;

	if (x < 0 || x != x)
		return NAN;
	if (x == 0 || x > 1.7976931348623157e308)
		return x;
	b.n = (b.n >> 1) + ((uint64_t)1023 << 51); /* half the exponent */
	for (i = 0; i < 6; i++)
		b.x = (b.x + x / b.x) / 2;
	return b.x;
}

WEAK float floorf(float x) { return (float)floor(x); }
WEAK float ceilf(float x) { return (float)ceil(x); }
WEAK float sqrtf(float x) { return (float)sqrt(x); }
#else /* WebAssembly has instructions for these */
WEAK double trunc(double x) { return __builtin_trunc(x); }
WEAK double floor(double x) { return __builtin_floor(x); }
WEAK double ceil(double x) { return __builtin_ceil(x); }
WEAK double sqrt(double x) { return __builtin_sqrt(x); }
WEAK float floorf(float x) { return __builtin_floorf(x); }
WEAK float ceilf(float x) { return __builtin_ceilf(x); }
WEAK float sqrtf(float x) { return __builtin_sqrtf(x); }
#endif

WEAK double round(double x) { return x < 0 ? ceil(x - 0.5) : floor(x + 0.5); }

WEAK double exp(double x)
{
	double r, term = 1, sum = 1;
	int i, e;

	if (x != x)
		return x;
	if (x > 709.78)
		return INFINITE;
	if (x < -708.39)
		return 0;
	e = (int)round(x / LN2);
	r = x - e * 6.93147180369123816490e-01 - e * 1.90821492927058770002e-10; /* ln 2 in two parts */
	for (i = 1; i < 16; i++)
		sum += term *= r / i;
	return e > 1023 ? 2 * scale(sum, e - 1) : scale(sum, e);
}

WEAK double log(double x)
{
	union bits b = {x};
	double s, power, sum = 0;
	int i, e;

	if (x != x || x < 0)
		return NAN;
	if (x == 0)
		return -INFINITE;
	if (x > 1.7976931348623157e308)
		return x;
	if (!(b.n >> 52)) { /* subnormal */
		b.x = x * 18014398509481984.0;
		e = -54;
	} else {
		e = 0;
	}
	e += (int)(b.n >> 52) - 1023;
	b.n = (b.n & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
	if (b.x > 1.41421356237309504880) {
		b.x /= 2;
		e++;
	}
	s = (b.x - 1) / (b.x + 1);
	power = s;
	for (i = 1; i < 40; i += 2, power *= s * s)
		sum += power / i;
	return 2 * sum + e * LN2;
}

/* Powers of ten have whole logarithms: firmware counts digits with them. */
WEAK double log10(double x)
{
	double y = log(x) / 2.30258509299404568402, whole = round(y);

	return fabs(y - whole) < 1e-13 * (1 + fabs(y)) ? whole : y;
}

WEAK double fmod(double x, double y)
{
	double n = fabs(x), d = fabs(y), by;

	if (x != x || y != y || d == 0 || n > 1.7976931348623157e308)
		return NAN;
	while (n >= d) {
		for (by = d; by <= n / 2; by *= 2)
			;
		n -= by;
	}
	return x < 0 ? -n : n;
}

WEAK double pow(double x, double y)
{
	int odd = fabs(y) < 9007199254740992.0 && fmod(y, 2) != 0 && floor(y) == y;
	double r = 1, by;
	int n;

	if (y == 0 || x == 1)
		return 1;
	if (x == 0)
		return y > 0 ? 0 : INFINITE;
	if (floor(y) == y && fabs(y) <= 1024) { /* as often as that */
		for (by = x, n = (int)fabs(y); n; n >>= 1, by *= by)
			if (n & 1)
				r *= by;
		return y < 0 ? 1 / r : r;
	}
	if (x < 0 && floor(y) != y)
		return NAN;
	r = exp(y * log(fabs(x)));
	return x < 0 && odd ? -r : r;
}

/* sine is that of an angle of -pi/4 to pi/4, cosine likewise. */
static double sine(double x)
{
	double term = x, sum = x;
	int i;

	for (i = 2; i < 20; i += 2)
		sum += term *= -x * x / (i * (i + 1));
	return sum;
}

static double cosine(double x)
{
	double term = 1, sum = 1;
	int i;

	for (i = 1; i < 20; i += 2)
		sum += term *= -x * x / (i * (i + 1));
	return sum;
}

/* turn returns the sine of x plus a number of quarter turns. */
static double turn(double x, int quarters)
{
	double n = round(x / (M_PI / 2));

	if (x != x || fabs(x) > 1e9)
		return NAN;
	x = x - n * 1.57079632673412561417e+00 - n * 6.07710050650619224932e-11; /* pi/2 in two parts */
	switch ((quarters + (int)fmod(n, 4) + 4) & 3) {
	case 0: return sine(x);
	case 1: return cosine(x);
	case 2: return -sine(x);
	}
	return -cosine(x);
}

WEAK double sin(double x) { return turn(x, 0); }
WEAK double cos(double x) { return turn(x, 1); }
WEAK double tan(double x) { return sin(x) / cos(x); }

WEAK double atan(double x)
{
	double y = fabs(x), power, sum = 0, plus = 0;
	int i;

	if (x != x)
		return x;
	if (y > 1) {
		y = atan(1 / y);
		return x < 0 ? y - M_PI / 2 : M_PI / 2 - y;
	}
	if (y > 0.41421356237309504880) { /* tan of 22.5 degrees */
		y = (y - 1) / (y + 1);
		plus = M_PI / 4;
	}
	power = y;
	for (i = 1; i < 44; i += 2, power *= -y * y)
		sum += power / i;
	return x < 0 ? -(sum + plus) : sum + plus;
}

WEAK double atan2(double y, double x)
{
	if (x > 0)
		return atan(y / x);
	if (x < 0)
		return atan(y / x) + (y < 0 ? -M_PI : M_PI);
	return y > 0 ? M_PI / 2 : y < 0 ? -M_PI / 2 : 0;
}

WEAK double asin(double x) { return atan2(x, sqrt((1 - x) * (1 + x))); }
WEAK double acos(double x) { return atan2(sqrt((1 - x) * (1 + x)), x); }

WEAK float cosf(float x) { return (float)cos(x); }
WEAK float expf(float x) { return (float)exp(x); }
WEAK float fmodf(float x, float y) { return (float)fmod(x, y); }
WEAK float logf(float x) { return (float)log(x); }
WEAK float powf(float x, float y) { return (float)pow(x, y); }
WEAK float roundf(float x) { return (float)round(x); }
WEAK float sinf(float x) { return (float)sin(x); }
