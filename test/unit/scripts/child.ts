// Runs a module of its own in a Node process, because what is tested is how processes end and wait.
import { join } from 'node:path';
import { root } from '../../../scripts/run-command.mjs';
import { type Child, start } from '../../support/process';

/** `script` is an ES module; `@/` in its imports stands for the folder scripts/. Killed after 20 s. */
export function startModule(
  script: string,
  args: readonly string[] = [],
  env = process.env,
): Child {
  const scripts = `file://${encodeURI(join(root, 'scripts'))}/`;
  const text = script.replaceAll("'@/", `'${scripts}`);
  const all = ['--input-type=module', '-e', text, '--', ...args];
  return start(process.execPath, all, { env, timeout: 20_000 });
}
