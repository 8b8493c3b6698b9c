// What the command line tells in one line and without a stack: a mistake in what it was given.

/** Input that cannot be used. The message is the whole line that the user sees. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** The run was ended from outside (Ctrl-C). Nothing was written. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(readonly signal: NodeJS.Signals) {
    super('stopped, nothing was written');
  }
}
