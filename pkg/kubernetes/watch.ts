import { type Call, describeCall } from './call.ts';
import { KubernetesError } from './errors.ts';
import { toStatusError } from './status-error.ts';

const NEWLINE = 10;

/** Of a `BOOKMARK`, only `metadata.resourceVersion` is set. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/**
 * Decodes the events of a watch, one JSON object per line. Ignores an incomplete last line.
 *
 * @throws KubernetesError for an event of the type ERROR.
 */
export async function* readWatchEvents<T>(chunks: AsyncIterable<Buffer>, call: Call): AsyncGenerator<WatchEvent<T>> {
  for await (const line of linesOf(chunks)) {
    const { type, object } = parseLine(line, call);
    if (type === 'ERROR') {
      const { code: httpStatus = 500 } = object as { code?: number };
      throw toStatusError(call, { httpStatus, text: JSON.stringify(object) });
    }
    yield { type, object } as WatchEvent<T>;
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  // Emptied, not replaced: an array that is old by the time it is filled keeps the chunk until the next full collection.
  const rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      rest.push(chunk.subarray(start, end));
      yield Buffer.concat(rest.splice(0)).toString();
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
}

function parseLine(line: string, call: Call): { type: string; object: object } {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new KubernetesError(`${describeCall(call)}: not JSON`, { code: 'KUBERNETES_PROTOCOL', cause });
  }
}
