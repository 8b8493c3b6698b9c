// npm run verify:nodes [-- version…]: the very addon and JavaScript that were built here run under several releases of
// Node.js (20, 22 and 24 unless named) and give the same bits: Node-API 8 promises that no release needs its own build.
// Releases other than the one that runs this come from npm's registry.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CommandError, isMain, main, run } from './run-command.mjs';
import { setup } from './setup.mjs';

const VERSIONS = ['20', '22', '24'];
const SCRIPT = fileURLToPath(import.meta.url);

/** `isRelease('22.12.0', '22')` */
export function isRelease(node, wanted) {
  return node === wanted || node.startsWith(`${wanted}.`);
}

/** What to say of a release's report, 'ok' or what is wrong; `reference` is the current Node's. */
export function judge(report, reference, wanted) {
  if (!isRelease(report.node, wanted)) return `is not Node ${wanted}`;
  if (!report.sameClass) return 'require and import give different classes';
  if (report.hash !== reference.hash) return 'other bits';
  return 'ok';
}

/** Runs under every release; resolves to `{ node, loss, hash, verdict }` of each, the current Node first. */
async function verifyNodes(versions) {
  const current = process.versions.node;
  const reference = await reportOf(process.execPath, []);
  const rows = [{ ...reference, verdict: judge(reference, reference, current) }];
  for (const wanted of versions.filter((version) => !isRelease(current, version))) {
    try {
      const report = await reportOf('npx', ['-y', '-p', `node@${wanted}`, 'node']);
      rows.push({ ...report, verdict: judge(report, reference, wanted) });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      rows.push({ node: wanted, loss: '-', hash: '-', verdict: 'did not run' });
    }
  }
  return rows;
}

async function reportOf(command, args) {
  const output = await run(command, [...args, SCRIPT, '--report'], { show: 'failure' });
  // Node and npx may have written warnings around it.
  return JSON.parse(output.split('\n').find((line) => line.startsWith('{"node"')));
}

/** Computes in this process and prints what came out, as one line. */
async function report() {
  const required = createRequire(import.meta.url)('pse-loss');
  const imported = await import('pse-loss');
  const loss = new imported.PSELoss({ reduction: 'mean', returnMask: true });
  const hash = createHash('sha256');
  const results = [Float32Array, Float64Array].map((type) => {
    const { maps, labels } = makeBatch(type);
    return loss.valueAndGradSync(maps, labels);
  });
  addTo(hash, results);
  const line = {
    node: process.versions.node,
    loss: results[0].loss,
    hash: hash.digest('hex').slice(0, 16),
    sameClass: required.PSELoss === imported.PSELoss && loss instanceof required.PSELoss,
  };
  console.log(JSON.stringify(line));
}

/** Two images, three kernels, maps of 6 × 5 under labels of 24 × 20. */
function makeBatch(type) {
  let state = 1;
  const draw = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const array = (make, ...shape) => ({
    data: make(shape.reduce((product, size) => product * size)),
    shape,
  });
  const labels = (length) => Uint8Array.from({ length }, () => (draw() < 0.6 ? 1 : 0));
  return {
    maps: array((length) => type.from({ length }, () => 8 * draw() - 4), 2, 4, 6, 5),
    labels: {
      gtTexts: array(labels, 2, 24, 20),
      gtKernels: array(labels, 2, 3, 24, 20),
      trainingMasks: array(labels, 2, 24, 20),
    },
  };
}

/** Every bit of numbers, typed arrays, and what holds them. */
function addTo(hash, value) {
  if (typeof value === 'number') hash.update(new Uint8Array(Float64Array.of(value).buffer));
  else if (ArrayBuffer.isView(value))
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  else if (typeof value === 'object')
    for (const key of Object.keys(value).sort()) addTo(hash.update(key), value[key]);
}

if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({
    options: { report: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  main(async () => {
    if (values.report) return report();
    await setup({ tests: false });
    const rows = await verifyNodes(positionals.length > 0 ? positionals : VERSIONS);
    console.log('\nNode.js   loss                 loss and gradient  verdict');
    for (const { node, loss, hash, verdict } of rows) {
      console.log(`${node.padEnd(9)} ${`${loss}`.padEnd(20)} ${hash.padEnd(18)} ${verdict}`);
    }
    const passed = rows.filter(({ verdict }) => verdict === 'ok').length;
    console.log(`\n${passed} releases agree, ${rows.length - passed} do not`);
    if (passed < rows.length) process.exitCode = 1;
  });
}
