// Seeded random numbers, the same on every machine.

export interface Random {
  /** in [low, high) */
  uniform(low?: number, high?: number): number;
  /** an integer in [low, high) */
  integer(low: number, high: number): number;
  /** normally distributed */
  normal(mean?: number, deviation?: number): number;
  chance(probability: number): boolean;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, and plenty for test data. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const uniform = (low = 0, high = 1) => low + (high - low) * next();
  return {
    uniform,
    integer: (low, high) => low + Math.floor((high - low) * next()),
    // The mean of twelve uniform numbers: no transcendental function, so the same bits everywhere.
    normal: (mean = 0, deviation = 1) => {
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += next();
      return mean + deviation * sum;
    },
    chance: (probability) => next() < probability,
  };
}
