// The built command line in a process of its own, in a folder that is thrown away.
import { built, type Ending, type RunOptions, run } from '../support/process';

/** `pse-loss …args` */
export function pseLoss(args: readonly string[], options: RunOptions): Promise<Ending> {
  return run(process.execPath, [built('cli/main.js'), ...args], options);
}
