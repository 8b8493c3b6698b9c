// Numbers as the command line writes them; nouns are counted by arguments/describe.

export function fixed(value: number): string {
  return value.toFixed(3);
}

/** The middle one of values in order; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
