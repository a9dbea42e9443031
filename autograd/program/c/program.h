#include <float.h>
#include <math.h>
#include <stdint.h>
#define MIN(a, b) ((a) < (b) ? (a) : (b))

// Where glibc has vector versions of its functions (4 ulp at most), a loop over one calls them.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
#define SIMD __attribute__((simd("notinbranch"), const, nothrow))
#else
#define SIMD
#endif
// Declared by names of our own, or the compiler would join sin and cos into one call that has no vector version.
#define OF_ONE(name, c) SIMD float name##_f(float) __asm__(#c "f"); SIMD double name##_d(double) __asm__(#c);
#define OF_TWO(name, c) SIMD float name##_f(float, float) __asm__(#c "f"); SIMD double name##_d(double, double) __asm__(#c);
OF_ONE(exp, exp) OF_ONE(exp2, exp2) OF_ONE(expm1, expm1) OF_ONE(log, log) OF_ONE(log2, log2) OF_ONE(log10, log10)
OF_ONE(log1p, log1p) OF_ONE(sin, sin) OF_ONE(cos, cos) OF_ONE(tan, tan) OF_ONE(sinh, sinh) OF_ONE(cosh, cosh)
OF_ONE(tanh, tanh) OF_ONE(arcsin, asin) OF_ONE(arccos, acos) OF_ONE(arctan, atan) OF_ONE(arcsinh, asinh)
OF_ONE(arccosh, acosh) OF_ONE(arctanh, atanh) OF_ONE(cbrt, cbrt) OF_ONE(erf, erf) OF_ONE(erfc, erfc)
OF_TWO(power, pow) OF_TWO(arctan2, atan2) OF_TWO(hypot, hypot)
#define sqrt_f sqrtf
#define sqrt_d sqrt
#define fabs_f fabsf
#define fabs_d fabs
#define floor_f floorf
#define floor_d floor
#define ceil_f ceilf
#define ceil_d ceil
#define trunc_f truncf
#define trunc_d trunc
#define rint_f rintf
#define rint_d rint

// bell: exp(-k x * x), whose square in float would leave its exponential no digits
static inline float bell_f(float x, float k) { return (float)exp_d(-(double)k * ((double)x * (double)x)); }
static inline double bell_d(double x, double k) {
    x = x < -40 ? -40 : x; x = x > 40 ? 40 : x;
    double near = rint(x * 64) / 64, square = k * near * near, rest = k * (x - near) * (x + near), whole = square + rest;
    return exp_d(-whole) * (1 - ((square - whole) + rest));
}

// From outside: matrix products of a BLAS, in Fortran's order, and what runtime.c has.
typedef void (*sgemm_t)(char*, char*, INTEGER*, INTEGER*, INTEGER*, float*, float*, INTEGER*, float*, INTEGER*, float*, float*, INTEGER*);
typedef void (*dgemm_t)(char*, char*, INTEGER*, INTEGER*, INTEGER*, double*, double*, INTEGER*, double*, INTEGER*, double*, double*, INTEGER*);
static sgemm_t sgemm; static dgemm_t dgemm;
static void (*share)(void (*)(char**, int), char**, int); static void (*enter)(void); static void (*leave)(void);
void setup(void** f) { sgemm = f[0]; dgemm = f[1]; share = f[2]; enter = f[3]; leave = f[4]; }
