// npm run docs:errors: writes docs/errors.md, the list of every error code, out of lib/errors.ts.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isMain, main, root } from './run-command.mjs';
import { setup } from './setup.mjs';

/** @typedef {{ class: Function, by: string, meaning: string, remedy: string, example?: string, later?: string }} ErrorKind */

const SECTIONS = [
  {
    by: 'caller',
    title: 'Mistakes of a call',
    text: 'Found before anything native is called: nothing was computed, and `out` is as it was.',
  },
  { by: 'file', title: 'Mistakes of a file', text: 'Of what was read, not of who reads it.' },
  {
    by: 'machine',
    title: 'The machine',
    text: 'What is installed, what there is memory for, and when a process ends.',
  },
  { by: 'package', title: 'Our own', text: 'No argument should be able to cause it.' },
];

const HEAD = `<!-- Written by \`npm run docs:errors\` out of lib/errors.ts. -->

# Errors

Every error that this package raises on purpose is a \`TypeError\`, a \`RangeError\` or an \`Error\` with one of the codes below in \`code\`.
Codes stay as they are from release to release; wording may get better. Compare codes, not classes: \`instanceof\` fails for an error of
another realm or of another copy of the package. \`isPSEError(error)\` tells whether an error is one of these.

A message names the call, the argument, what it had to be, what came, and the way out where one is known; \`cause\` holds what went wrong
underneath. A function that gives a promise throws nothing on the way: it rejects the promise with the same error.

\`\`\`text
<call>: expected <argument> to be <requirement>, got <what came> (<way out>)
\`\`\`

What is not raised by this package passes as it is: the error of a getter of yours, of a Proxy that was revoked.

A loss that is computed and looks wrong is no error: what \`diagnose\` finds has codes of its own, in [diagnosis.md](diagnosis.md).`;

/**
 * The page.
 * @param {Record<string, ErrorKind>} errors by code, as lib/errors.ts has them
 */
export function errorsPage(errors) {
  const sections = SECTIONS.map(({ by, title, text }) => {
    const codes = Object.entries(errors).filter(([, kind]) => kind.by === by);
    const parts = codes.map(([code, kind]) => part(code, kind));
    return [`## ${title}`, text, ...parts].join('\n\n');
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

/**
 * @param {string} code
 * @param {ErrorKind} kind
 */
function part(code, { class: { name }, meaning, remedy, example, later }) {
  return [
    `### ${code}`,
    wrapped(`${/^[AEIOU]/.test(name) ? 'An' : 'A'} \`${name}\`. ${meaning}`),
    wrapped(`**What to do:** ${remedy}`),
    ...(example === undefined ? [] : [`\`\`\`text\n${example}\n\`\`\``]),
    ...(later === undefined ? [] : [`**Not thrown yet:** it comes with ${later}.`]),
  ].join('\n\n');
}

/** Lines as long as those of the other pages. */
function wrapped(text) {
  return text.replaceAll(/(?=.{141})(.{1,140}) /g, '$1\n');
}

/** The table of lib/errors.ts, which imports nothing: no build is needed to read it. */
async function readErrors() {
  const { default: ts } = await import('typescript');
  const source = await readFile(path.join(root, 'lib', 'errors.ts'), 'utf8');
  const compilerOptions = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  const { ERRORS } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
  return ERRORS;
}

if (isMain(import.meta.url)) {
  main(async () => {
    await setup({ build: false });
    await writeFile(path.join(root, 'docs', 'errors.md'), errorsPage(await readErrors()));
    console.log('docs/errors.md');
  });
}
