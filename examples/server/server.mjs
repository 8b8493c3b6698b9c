// A training step's loss over HTTP: POST /step with a batch in safetensors, get loss and gradient in safetensors.
// Batches are computed one after the other off this thread, so that it always answers; a client that hangs up frees its place.
import http from 'node:http';
import { isPSEError, PSELoss, readSafetensors, safetensorsBytes } from 'pse-loss';

const loss = new PSELoss({ preset: process.env.PRESET ?? 'paddleocr', reduction: 'mean' });
const MOST_BYTES = 512 * 2 ** 20;
/** Batches read or computed at the same time: what they hold in memory is what the server needs. */
const MOST_AT_ONCE = 8;
let atOnce = 0;

const server = http.createServer(async (request, response) => {
  const answer = (status, body, type = 'application/json') => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, { 'content-type': type, 'content-length': body.length });
    response.end(body);
  };
  const refuse = (status, code, message) =>
    answer(status, Buffer.from(JSON.stringify({ code, message })));
  if (request.url === '/health') return answer(200, Buffer.from(JSON.stringify({ atOnce })));
  if (request.method !== 'POST' || request.url !== '/step') {
    return refuse(404, 'NOT_FOUND', 'POST /step takes a batch');
  }
  if (atOnce >= MOST_AT_ONCE) return refuse(503, 'BUSY', 'try again in a moment');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  atOnce += 1;
  try {
    // Read straight into shared memory, where the loss reads it in place.
    const { tensors } = await readSafetensors(limited(request));
    const {
      maps,
      gt_texts: gtTexts,
      gt_kernels: gtKernels,
      training_masks: trainingMasks,
    } = tensors;
    const step = await loss.valueAndGrad(
      maps,
      { gtTexts, gtKernels, trainingMasks },
      { signal: gone.signal },
    );
    const { perImage } = step;
    const value = (data) => ({ data, shape: [data.length] });
    const body = safetensorsBytes(
      { grad: step.grad, loss: value(perImage.loss), iou_text: value(perImage.iouText) },
      { metadata: { loss: String(step.loss) } },
    );
    answer(200, body, 'application/octet-stream');
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!isPSEError(error)) {
      if (!(error instanceof TooLarge)) console.error(error);
      return refuse(error instanceof TooLarge ? 413 : 500, 'ERROR', error.message);
    }
    // The client's mistakes are TypeErrors, RangeErrors and files that are none; the rest is ours.
    const theirs =
      error instanceof TypeError || error instanceof RangeError || error.code === 'ERR_PSE_FORMAT';
    refuse(
      theirs ? 400 : error.code === 'ERR_PSE_QUEUE_FULL' ? 503 : 500,
      error.code,
      error.message,
    );
  } finally {
    atOnce -= 1;
  }
});

class TooLarge extends Error {}

async function* limited(stream) {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new TooLarge(`a batch of more than ${MOST_BYTES} bytes`);
    yield chunk;
  }
}

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
// What is being computed is answered; then the process ends by itself.
process.once('SIGTERM', () => server.close());
