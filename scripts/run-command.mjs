// How every script runs a command: it is printed, it can be quiet (output shown only when it fails), a long one shows
// that it lives, and none outlives the script. Node's own modules only, because setup.mjs runs before anything is installed.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project folder. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** A program of an npm package. */
export const nodeBin = (name) => path.join(root, 'node_modules', '.bin', name);

/** What runs now, each with whether its output is held back, and the signal that came meanwhile. */
const running = new Map();
let interrupted;

/** A command that ended badly; `output` is what it wrote, where that was not shown yet. */
export class CommandError extends Error {
  constructor(line, code, signal, output) {
    super(signal ? `${line}: ended by ${signal}` : `${line}: exit code ${code}`);
    this.name = 'CommandError';
    this.code = code;
    this.signal = signal;
    this.output = output;
  }
}

/** `git commit -m 'two words'`, with the project folder left out of paths. */
export function commandLine(command, args) {
  return [command, ...args]
    .map((word) => (word.startsWith(`${root}/`) ? word.slice(root.length + 1) : word))
    .map((word) => word.replace(`=${root}/`, '='))
    .map((word) =>
      /^[\w@%+=:,./^-][\w@%+=:,./~^-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
    )
    .join(' ');
}

/**
 * Runs a command in the project folder and resolves to what it wrote.
 * `show`: 'all' passes its output through as it comes (and collects nothing);
 * 'failure' holds it back and prints it only if the command fails; 'none' leaves it to the caller.
 * `shown`: what is printed for the command, where the line itself says less.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: string, print?: boolean, shown?: string[] }} options
 */
export async function run(
  command,
  args,
  { cwd = root, env = process.env, show = 'all', print = true, shown } = {},
) {
  const line = commandLine(...(shown ? [shown[0], shown.slice(1)] : [command, args]));
  if (print) console.log(`  $ ${line}`);
  const stopTicker = show === 'all' ? () => {} : startTicker();
  const { code, signal, output } = await new Promise((resolve) => {
    const held = show !== 'all';
    // Held back, a question could not be seen, so there is nothing to read an answer from; and such a command leads a
    // process group, so that all of it can be ended: compilers are great-grandchildren.
    const stdio = held ? ['ignore', 'pipe', 'pipe'] : 'inherit';
    const child = spawn(command, args, { cwd, env, stdio, detached: held });
    running.set(child, held);
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    const text = () => Buffer.concat(chunks).toString();
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: 127, signal: null, output: `${error.message}\n` });
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      if (interrupted && running.size === 0) exitBy(interrupted);
      resolve({ code, signal, output: text() });
    });
  });
  stopTicker();
  if (code === 0) return output;
  if (show === 'failure') process.stdout.write(indent(output));
  throw new CommandError(line, code, signal, output);
}

/** Runs a command silently; resolves to `{ code, output }` whatever its end. */
export async function probe(command, args, options = {}) {
  try {
    return {
      code: 0,
      output: await run(command, args, { ...options, show: 'none', print: false }),
    };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { code: error.code ?? 1, output: error.output };
  }
}

/** Times a piece of work that may take long: a line before, a line after. */
export async function step(title, work) {
  console.log(title);
  const start = performance.now();
  const result = await work();
  console.log(`  done in ${seconds(start)}`);
  return result;
}

/** `3.2 s` since a moment of performance.now(). */
export function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** True in the script that was started, false in one that another imported: `isMain(import.meta.url)`. */
export function isMain(url) {
  const started = process.argv[1];
  return started !== undefined && fs.realpathSync(started) === fileURLToPath(url);
}

/**
 * Runs a script: ends with a message for people instead of a stack (other errors are bugs and keep theirs), and when
 * interrupted not before the commands that it started.
 */
export function main(work) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  work().catch((error) => {
    const expected = error instanceof CommandError || error?.name === 'SetupError';
    console.error(expected ? `\n${error.message}` : error);
    process.exitCode = 1;
  });
}

function interrupt(signal) {
  if (running.size === 0) exitBy(signal);
  const again = interrupted !== undefined;
  interrupted = signal;
  if (!again) console.error('\nending what runs; once more ends it at once');
  for (const [child, held] of running) {
    // SIGTERM: a shell that starts something in the background makes it deaf to SIGINT.
    if (held) killGroup(child.pid, again ? 'SIGKILL' : 'SIGTERM');
    // Ctrl-C reaches the others by themselves.
    else if (signal !== 'SIGINT') child.kill(signal);
  }
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It has just ended by itself.
    if (error.code !== 'ESRCH') throw error;
  }
}

function exitBy(signal) {
  process.exit(128 + os.constants.signals[signal]);
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '    ');
}

/** Elapsed seconds, every second on a terminal, every ten in a log. */
function startTicker() {
  const start = performance.now();
  const terminal = process.stdout.isTTY;
  const tick = () =>
    process.stdout.write(terminal ? `\r  … ${seconds(start)}` : `  … ${seconds(start)}\n`);
  const timer = setInterval(tick, terminal ? 1000 : 10_000);
  return () => {
    clearInterval(timer);
    if (terminal) process.stdout.write('\r\x1b[K');
  };
}
