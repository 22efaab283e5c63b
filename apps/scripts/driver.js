// The loop over the points of a group, inside the engine. Evaluates to a function of operations that the child
// calls; nothing of it is in the script's scope. Whatever it needs is kept here before the script runs, and
// what it hands out has frozen prototypes: a script that changes built-ins harms its own work only.
(function () {
  "use strict";

  const { apply, getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
  const { abs, exp, log1p, sign, sqrt, trunc, PI, min, max } = Math;
  const { freeze, setPrototypeOf, create } = Object;
  const { ArrayBuffer, Float64Array, Uint8Array, Uint32Array, RangeError, Array } = globalThis;
  const arrayFrom = Array.from;
  const bind = Function.prototype.bind;
  const fromBase64 = Uint8Array.prototype.setFromBase64;
  const toBase64 = Uint8Array.prototype.toBase64;
  const internalError = InternalError.prototype;
  const scope = globalThis;

  // These could wait without using time, share memory the engine does not count, or show when they are freed.
  for (const name of ["Atomics", "SharedArrayBuffer", "performance", "WeakRef", "FinalizationRegistry"]) {
    delete scope[name];
  }

  const OK = 0, THREW = 1, NOT_FINITE = 2, MEMORY = 4, TOO_MANY = 5, UNCLEAR = 7;
  const FILTER = 1, FUNCTION = 2, RANGE = 3, ARRAY = 4;
  const BAD_TYPES = freeze({
    __proto__: null, undefined: 16, string: 17, boolean: 18, bigint: 21, object: 22, function: 22, symbol: 22,
  });
  const WHOLE = 19, FRACTION = 20, NULL = 16;

  let script = null;
  let times, values, whole, bounds, results;
  let buffers = [];

  // --- What scripts see --------------------------------------------------------------------------------------

  function sealed(type) {
    delete type.prototype.constructor;
    freeze(type.prototype);
    return type;
  }

  const DataPoint = sealed(class {
    #time;
    #value;
    #whole;
    constructor(at) {
      this.#time = times[at];
      this.#value = values[at];
      this.#whole = whole[at] === 1;
    }
    getTimestamp() { return this.#time; }
    getDoubleValue() { return this.#value; }
    getLongValue() { return trunc(this.#value); }
    isDouble() { return !this.#whole; }
    isLong() { return this.#whole; }
  });

  const Points = sealed(class {
    #at;
    #end;
    constructor(lo, hi) {
      this.#at = lo;
      this.#end = hi;
    }
    hasNext() { return this.#at < this.#end; }
    next() {
      if (this.#at >= this.#end) throw new RangeError("there is no next point");
      return new DataPoint(this.#at++);
    }
  });

  const listMethods = freeze({
    __proto__: Array.prototype,
    size() { return this.length; },
    get(at) {
      if (!(at >= 0 && at < this.length)) throw new RangeError("there is no such point");
      return this[trunc(at)];
    },
  });

  function listOf(lo, hi) {
    // Array.from defines elements, so that setters put on Array.prototype do not see them.
    const shape = create(null);
    shape.length = hi - lo;
    return setPrototypeOf(apply(arrayFrom, Array, [shape, (_, at) => new DataPoint(lo + at)]), listMethods);
  }

  // --- Student's t ------------------------------------------------------------------------------------------

  // gamma(a + 1/2) / gamma(a): the asymptotic series far out, from there down by the recurrence.
  function gammaRatio(a) {
    let factor = 1;
    for (; a < 64; a += 1) factor *= a / (a + 0.5);
    const i = 1 / a;
    const tail = i * (-1 / 8 + i * (1 / 128 + i * (5 / 1024 + i * (-21 / 32768 + i * (-399 / 262144 + i * (869 / 4194304))))));
    return factor * sqrt(a) * (1 + tail);
  }

  // The continued fraction of the incomplete beta function, evaluated after Lentz.
  function betaFraction(x, a, b) {
    const tiny = 1e-300;
    let c = 1;
    let d = 1 - (a + b) * x / (a + 1);
    d = 1 / (abs(d) < tiny ? tiny : d);
    let h = d;
    for (let m = 1; m < 100000; m += 1) {
      const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 + even * d;
      c = 1 + even / c;
      d = 1 / (abs(d) < tiny ? tiny : d);
      c = abs(c) < tiny ? tiny : c;
      h *= d * c;
      const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 + odd * d;
      c = 1 + odd / c;
      d = 1 / (abs(d) < tiny ? tiny : d);
      c = abs(c) < tiny ? tiny : c;
      const step = d * c;
      h *= step;
      if (abs(step - 1) < 1e-16) break;
    }
    return h;
  }

  // P(|T| > t): the regularised incomplete beta function of df / (df + t^2) with a = df / 2 and b = 1 / 2.
  function twoSided(t, df) {
    const a = df / 2, b = 0.5;
    const square = t * t / df;
    if (square === 0) return 1;
    const x = 1 / (1 + square), y = square / (1 + square);
    if (!(x > 0)) return 0;
    // x^a (1 - x)^b / B(a, b)
    const front = exp(-a * log1p(square)) * sqrt(y) * gammaRatio(a) / sqrt(PI);
    if (x < (a + 1) / (a + b + 2)) return front * betaFraction(x, a, b) / a;
    return 1 - front * betaFraction(y, b, a) / b;
  }

  // The t whose two-sided probability is alpha, by Newton's steps kept within a bracket.
  function quantile(alpha, df) {
    let lo = 0, hi = 1;
    while (twoSided(hi, df) > alpha && hi < 1e150) {
      lo = hi;
      hi *= 2;
    }
    const scale = 2 * gammaRatio(df / 2) / sqrt(df * PI);
    let t = (lo + hi) / 2;
    for (let turn = 0; turn < 400; turn += 1) {
      const off = twoSided(t, df) - alpha;
      if (off > 0) lo = t;
      else hi = t;
      const density = scale * exp(-(df + 1) / 2 * log1p(t * t / df));
      let next = t + off / density;
      if (!(next > lo && next < hi)) next = (lo + hi) / 2;
      const moved = abs(next - t);
      t = next;
      if (moved <= 2e-16 * t) break;
    }
    return t;
  }

  // --- Regression -------------------------------------------------------------------------------------------

  // Sums stand around the means, which keeps times since 1970 exact enough.
  const Regression = sealed(class {
    #n = 0;
    #meanX = 0;
    #meanY = 0;
    #xx = 0;
    #yy = 0;
    #xy = 0;
    constructor(lo, hi) {
      const n = hi - lo, x0 = times[lo], y0 = values[lo];
      let sx = 0, sy = 0;
      for (let i = lo; i < hi; i += 1) {
        sx += times[i] - x0;
        sy += values[i] - y0;
      }
      const dx = sx / n, dy = sy / n;
      let xx = 0, yy = 0, xy = 0, ex = 0, ey = 0;
      for (let i = lo; i < hi; i += 1) {
        const x = times[i] - x0 - dx, y = values[i] - y0 - dy;
        ex += x;
        ey += y;
        xx += x * x;
        yy += y * y;
        xy += x * y;
      }
      // What rounding left of the sums of deviations is taken out of the sums of products.
      this.#n = n;
      this.#meanX = x0 + (dx + ex / n);
      this.#meanY = y0 + (dy + ey / n);
      this.#xx = max(0, xx - ex * ex / n);
      this.#yy = max(0, yy - ey * ey / n);
      this.#xy = xy - ex * ey / n;
    }
    #fits() { return this.#n >= 2 && this.#xx > 0; }
    addData(x, y) {
      x = +x;
      y = +y;
      const n = this.#n, dx = x - this.#meanX, dy = y - this.#meanY, share = n / (n + 1);
      this.#xx += dx * dx * share;
      this.#yy += dy * dy * share;
      this.#xy += dx * dy * share;
      this.#meanX += dx / (n + 1);
      this.#meanY += dy / (n + 1);
      this.#n = n + 1;
    }
    removeData(x, y) {
      const n = this.#n;
      if (n === 0) return;
      if (n === 1) {
        this.clear();
        return;
      }
      x = +x;
      y = +y;
      const dx = x - this.#meanX, dy = y - this.#meanY, share = n / (n - 1);
      this.#xx = max(0, this.#xx - dx * dx * share);
      this.#yy = max(0, this.#yy - dy * dy * share);
      this.#xy -= dx * dy * share;
      this.#meanX -= dx / (n - 1);
      this.#meanY -= dy / (n - 1);
      this.#n = n - 1;
    }
    clear() { this.#n = this.#meanX = this.#meanY = this.#xx = this.#yy = this.#xy = 0; }
    getN() { return this.#n; }
    hasIntercept() { return true; }
    getSlope() { return this.#fits() ? this.#xy / this.#xx : NaN; }
    getIntercept() { return this.#meanY - this.getSlope() * this.#meanX; }
    predict(x) { return this.#meanY + this.getSlope() * (x - this.#meanX); }
    getXSumSquares() { return this.#n < 2 ? NaN : this.#xx; }
    getTotalSumSquares() { return this.#n < 2 ? NaN : this.#yy; }
    getSumOfCrossProducts() { return this.#n < 2 ? 0 : this.#xy; }
    getSumSquaredErrors() {
      return this.#fits() ? max(0, this.#yy - this.#xy * this.#xy / this.#xx) : NaN;
    }
    getRegressionSumSquares() {
      const slope = this.getSlope();
      return slope * slope * this.#xx;
    }
    getMeanSquareError() { return this.#n < 3 ? NaN : this.getSumSquaredErrors() / (this.#n - 2); }
    getRSquare() {
      return this.#fits() && this.#yy > 0 ? (this.#yy - this.getSumSquaredErrors()) / this.#yy : NaN;
    }
    getR() {
      const slope = this.getSlope(), r = sqrt(this.getRSquare());
      return slope < 0 ? -r : r;
    }
    getSlopeStdErr() { return this.#n < 3 ? NaN : sqrt(this.getMeanSquareError() / this.#xx); }
    getInterceptStdErr() {
      if (this.#n < 3) return NaN;
      return sqrt(this.getMeanSquareError() * (1 / this.#n + this.#meanX * this.#meanX / this.#xx));
    }
    getSlopeConfidenceInterval(alpha) {
      if (alpha === undefined) alpha = 0.05;
      if (!(alpha > 0 && alpha < 1)) throw new RangeError("alpha must lie between 0 and 1");
      return this.#n < 3 ? NaN : this.getSlopeStdErr() * quantile(alpha, this.#n - 2);
    }
    getSignificance() {
      const error = this.getSlopeStdErr();
      return error > 0 ? twoSided(abs(this.getSlope()) / error, this.#n - 2) : NaN;
    }
  });

  // --- Running a script ---------------------------------------------------------------------------------------

  function badType(result) {
    if (result === null) return NULL;
    if (typeof result !== "number") return BAD_TYPES[typeof result];
    return result === trunc(result) && result - result === 0 ? WHOLE : FRACTION;
  }

  function filter(n) {
    for (let i = 0; i < n; i += 1) {
      const result = script(values[i], times[i]);
      if (typeof result !== "boolean") return badType(result);
      results[i] = result ? 1 : 0;
    }
    return OK;
  }

  function keep(result, at) {
    if (typeof result !== "number") return badType(result);
    if (result - result !== 0) return NOT_FINITE;
    results[at] = result;
    return OK;
  }

  function replace(n) {
    for (let i = 0; i < n; i += 1) {
      const result = script(values[i], times[i]);
      // As keep does; here it is called for every point.
      if (typeof result !== "number") return badType(result);
      if (result - result !== 0) return NOT_FINITE;
      results[i] = result;
    }
    return OK;
  }

  function ranges(n, role, most) {
    for (let k = 0; k < n; k += 1) {
      const lo = bounds[2 * k], hi = bounds[2 * k + 1];
      let result;
      if (role === RANGE) {
        result = script(new Points(lo, hi), null);
      } else if (role === ARRAY) {
        if (hi - lo > most) return TOO_MANY;
        result = script(null, listOf(lo, hi));
      } else {
        result = script(new Regression(lo, hi));
      }
      const code = keep(result, k);
      if (code !== OK) return code;
    }
    return OK;
  }

  function kindOf(thrown) {
    if (thrown === null) return UNCLEAR;
    if (typeof thrown !== "object" || getPrototypeOf(thrown) !== internalError) return THREW;
    const told = getOwnPropertyDescriptor(thrown, "message");
    return told && (told.value === "out of memory" || told.value === "string too long") ? MEMORY : THREW;
  }

  const operations = {
    __proto__: null,
    use(written) {
      // Bound, so that `this` is the global object in strict scripts as well.
      script = apply(bind, written, [scope]);
    },
    make(points, ranges, out) {
      buffers = [
        new ArrayBuffer(points * 8), new ArrayBuffer(points * 8), new ArrayBuffer(points),
        new ArrayBuffer(ranges * 8), new ArrayBuffer(out * 8),
      ];
      times = new Float64Array(buffers[0]);
      values = new Float64Array(buffers[1]);
      whole = new Uint8Array(buffers[2]);
      bounds = new Uint32Array(buffers[3]);
      results = new Float64Array(buffers[4]);
    },
    put(column, offset, length, text) {
      apply(fromBase64, new Uint8Array(buffers[column], offset, length), [text]);
    },
    take(offset, length) {
      return apply(toBase64, new Uint8Array(buffers[4], offset, length), []);
    },
    run(n, role, most) {
      try {
        if (role === FILTER) return filter(n);
        return role === FUNCTION ? replace(n) : ranges(n, role, most);
      } catch (thrown) {
        try {
          return kindOf(thrown);
        } catch {
          return THREW;
        }
      }
    },
    drop() {
      buffers = [];
      times = values = whole = bounds = results = null;
    },
  };
  return (name, a, b, c, d) => operations[name](a, b, c, d);
})()
