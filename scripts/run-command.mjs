// How every script runs a command: it is printed, it can be quiet (output shown only when it fails), and a long one
// shows that it lives. Node's own modules only, because setup.mjs runs before anything is installed.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The project folder. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** A program of an npm package. */
export const nodeBin = (name) => path.join(root, 'node_modules', '.bin', name);

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
    .map((word) =>
      /^[\w@%+=:,./~<>^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
    )
    .join(' ');
}

/**
 * Runs a command in the project folder and resolves to what it wrote.
 * `show`: 'all' passes its output through as it comes (and collects nothing);
 * 'failure' holds it back and prints it only if the command fails; 'none' leaves it to the caller.
 * `shown`: what is printed for the command, where the line itself says less.
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
    const child = spawn(command, args, { cwd, env, stdio: show === 'all' ? 'inherit' : 'pipe' });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    const text = () => Buffer.concat(chunks).toString();
    child.on('error', (error) =>
      resolve({ code: 127, signal: null, output: `${error.message}\n` }),
    );
    child.on('close', (code, signal) => resolve({ code, signal, output: text() }));
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

/** True in the script that was started, false in one that another imported: `isMain(import.meta)`. */
export function isMain({ url }) {
  return url === pathToFileURL(process.argv[1]).href;
}

/** Ends the process with a message for people instead of a stack; other errors are bugs and keep theirs. */
export function main(work) {
  work().catch((error) => {
    const expected = error instanceof CommandError || error?.name === 'SetupError';
    console.error(expected ? `\n${error.message}` : error);
    process.exitCode = 1;
  });
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '    ');
}

/** Elapsed seconds on a terminal; a log file gets the start and done lines only. */
function startTicker() {
  if (!process.stdout.isTTY) return () => {};
  const start = performance.now();
  const timer = setInterval(() => process.stdout.write(`\r  … ${seconds(start)}`), 1000);
  return () => {
    clearInterval(timer);
    process.stdout.write('\r\x1b[K');
  };
}
