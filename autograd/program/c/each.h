// Written twice: with real = float and T = f, and with real = double and T = d.

static inline real clip_T(real x, real low, real high) { x = x < low ? low : x; return x > high ? high : x; }

static inline real sigmoid_T(real x) {
    real e = exp_T(-fabs_T(x)), s = 1 / (1 + e);
    return x < 0 ? e * s : s;
}

static inline real softplus_T(real x) {
    real rest = log1p_T(exp_T(-fabs_T(x)));
    return x > 0 ? x + rest : x < 0 ? rest : x + rest;
}

static inline real tanh_gate_T(real x) {
    const real scale = (real)0.79788456080286535588;
    return sigmoid_T(2 * scale * (x * (1 + (real)0.044715 * (x * x))));
}

static inline real normal_T(real x) { return (real)0.5 * erfc_T(x * (real)-0.70710678118654752440); }

static inline real bump_T(real x, real k) {
    real e = exp_T(fabs_T(x) * -k), u = e / (1 + e);
    return u - u * u;
}
