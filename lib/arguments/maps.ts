// What maps are taken in.

/** Halves come as their bits, or in a Float16Array where Node has one. */
export const MAP_DTYPES = ['float32', 'float64', 'float16', 'bfloat16'] as const;
export type MapDType = (typeof MAP_DTYPES)[number];

/** The axes, in order. */
export const MAP_AXES = ['N', 'C', 'h', 'w'] as const;
