// Runs a module of its own in a Node process, because what is tested is how processes end and wait.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../../scripts/run-command.mjs';

export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A child, and how it will end; one that hangs is killed after 20 s. */
export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ending>;
}

/** `script` is an ES module; `@/` in its imports stands for the folder scripts/. */
export function startModule(
  script: string,
  args: readonly string[] = [],
  env = process.env,
): Child {
  const scripts = `file://${encodeURI(join(root, 'scripts'))}/`;
  const text = script.replaceAll("'@/", `'${scripts}`);
  return start(process.execPath, ['--input-type=module', '-e', text, '--', ...args], env);
}

/** Any program, in the project folder. */
export function start(program: string, args: readonly string[], env = process.env): Child {
  const child = spawn(program, args, { cwd: root, env, timeout: 20_000 });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, ended };
}
