// Numbers and nouns as the command line writes them.

export function fixed(value: number): string {
  return value.toFixed(3);
}

/** `1 step`, `2 steps` */
export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** The middle one of values in order; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
