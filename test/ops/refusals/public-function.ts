// A row of the table: a function, arguments that it takes, and what has to stand where.
import type { Place } from './place';

// biome-ignore lint/suspicious/noExplicitAny: functions are called with anything for an argument
export type Anything = any;

export interface PublicFunction {
  /** as its messages begin */
  readonly name: string;
  /** what tells it from another row of its name */
  readonly variant?: string;
  /** it gives a promise, and errors reject it */
  readonly promises?: boolean;
  /** as it is exported, and how many arguments are its own: those with a default do not count for `length` */
  readonly itself: { readonly length: number };
  readonly defaults?: number;
  /** arguments that it takes, by name and in order */
  readonly given: Readonly<Record<string, unknown>>;
  readonly call: (given: Readonly<Record<string, Anything>>) => unknown;
  /** `labels.gtTexts`, `options.eps`; of options in the order in which a message names them */
  readonly places: Readonly<Record<string, Place>>;
}
