import { AsyncResource } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

type Callback = (error?: Error | null) => void;

interface Chunk {
  chunk: string | Buffer;
  encoding: BufferEncoding;
}

const kOutbox = Symbol('data that waits for the end of the turn');

type OutboxSocket = Socket & {
  [kOutbox]: Outbox;
  /** The response that the connection belongs to at the moment. */
  _httpMessage?: ServerResponse | null;
  _pendingData?: unknown;
};

/** What counts as written while it waits, per connection, in characters or bytes. */
const MAX_WAITING = 16_384;

const { _write: writeNow, _writev: writeAllNow, _final: endNow, _destroy: destroyNow } = Socket.prototype;

/**
 * Makes everything that is written to a connection wait until its outbox is sent, with a single system call.
 *
 * Node passes a connection to the next response when the previous one is written. If the next request has already
 * arrived, a response of up to 16 KiB therefore counts as written while it waits. The last one does not, so when it is
 * finished, everything has been sent. What waits is sent before the connection closes.
 *
 * @param sendLater must call `send` of the outbox later. Called when something begins to wait.
 */
export function writeToOutbox(socket: Socket, sendLater: (outbox: Outbox) => void): void {
  const outbox = new Outbox(socket as OutboxSocket, sendLater);
  Object.assign(socket, { [kOutbox]: outbox, _write: write, _writev: writev, _final: final, _destroy: destroy });
}

/** Must be called for each request that arrives on such a connection. */
export function noteRequest(socket: Socket, response: ServerResponse): void {
  (socket as OutboxSocket)[kOutbox].newest = response;
}

/** A write that does not count as written yet, with the asynchronous context for the listeners it calls. */
interface HeldWrite {
  callback: Callback;
  context: AsyncResource;
}

/** The data of a connection that waits. */
export class Outbox {
  /**
   * The response to the newest request, until its first byte is written. A finished one would stay in memory, with its
   * request, for as long as the client is silent.
   */
  newest: ServerResponse | undefined;
  #chunks: Chunk[] | undefined;
  #size = 0;
  #isSending = false;
  #held: HeldWrite | undefined;
  /** What was held of the data that is being sent. */
  #sending: HeldWrite | undefined;
  #whenSent: (() => void) | undefined;
  readonly #socket: OutboxSocket;
  readonly #sendLater: (outbox: Outbox) => void;
  readonly #onSent: Callback;

  constructor(socket: OutboxSocket, sendLater: (outbox: Outbox) => void) {
    this.#socket = socket;
    this.#sendLater = sendLater;
    this.#onSent = (error) => this.#sent(error);
  }

  /** Lets chunks wait. Calls back when they have been sent, or at once if they count as written. */
  accept(added: Chunk[], callback: Callback): void {
    const isFirst = this.#chunks === undefined;
    for (const each of added) {
      this.#size += each.chunk.length;
      if (!isFirst) this.#chunks?.push(each);
    }
    if (isFirst) this.#chunks = added;
    if (this.newest === this.#socket._httpMessage) this.newest = undefined;
    // While the client does not keep up, Node holds further data back.
    if (this.#isFollowed() && this.#size <= MAX_WAITING && !this.#isSending) callback();
    else this.#held = { callback, context: new AsyncResource('RESPONSE') };
    if (!isFirst) return;
    // What waits counts in `bytesWritten`. Node sets this back when it writes.
    this.#socket._pendingData = this.#chunks;
    if (!this.#isSending) this.#sendLater(this);
  }

  send(): void {
    if (!this.#chunks || this.#isSending) return;
    const data = joined(this.#chunks);
    const held = this.#held;
    this.#chunks = undefined;
    this.#size = 0;
    this.#held = undefined;
    this.#sending = held;
    this.#isSending = true;
    if (held) held.context.runInAsyncScope(sendNow, this.#socket, data, this.#onSent);
    else sendNow.call(this.#socket, data, this.#onSent);
  }

  /** Calls back once everything has been sent. */
  end(callback: () => void): void {
    this.#whenSent = callback;
    if (!this.#chunks && !this.#isSending) callback();
  }

  /** Sends what waits, unless the client does not keep up. */
  destroy(error: Error | null): void {
    this.send();
    this.#held?.callback(error ?? new Error('The connection was closed before this was sent.'));
  }

  /** Whether the response that is being sent is followed by another one, whose request has already arrived. */
  #isFollowed(): boolean {
    return this.newest?.writableFinished === false;
  }

  #sent(error?: Error | null): void {
    this.#isSending = false;
    const held = this.#sending;
    this.#sending = undefined;
    // Its listeners run when the other connections have been written.
    if (held) process.nextTick(held.callback, error);
    else if (error) this.#socket.destroy(error);
    if (this.#chunks) this.send();
    else this.#whenSent?.();
  }
}

// The methods with which a stream passes its data on, see “Implementing a writable stream” in Node's manual.
function write(this: OutboxSocket, chunk: Chunk['chunk'], encoding: BufferEncoding, callback: Callback): void {
  this[kOutbox].accept([{ chunk, encoding }], callback);
}

function writev(this: OutboxSocket, chunks: Chunk[], callback: Callback): void {
  // Without the callbacks that Node keeps in its list, and without the mark that all are buffers.
  const added = chunks.map(({ chunk, encoding }) => ({ chunk, encoding }));
  this[kOutbox].accept(added, callback);
}

function final(this: OutboxSocket, callback: Callback): void {
  this[kOutbox].end(() => endNow.call(this, callback));
}

function destroy(this: OutboxSocket, error: Error | null, callback: Callback): void {
  this[kOutbox].destroy(error);
  destroyNow.call(this, error, callback);
}

function sendNow(this: OutboxSocket, data: Chunk | Chunk[], callback: Callback): void {
  if (Array.isArray(data)) writeAllNow?.call(this, data, callback);
  else writeNow.call(this, data.chunk, data.encoding, callback);
}

/** Joins texts of the same encoding. Returns the chunks if there are others, or buffers. */
function joined(chunks: Chunk[]): Chunk | Chunk[] {
  const [first] = chunks;
  if (first === undefined) return chunks;
  if (chunks.length === 1) return first;
  let text = '';
  for (const { chunk, encoding } of chunks) {
    if (typeof chunk !== 'string' || encoding !== first.encoding) return chunks;
    text += chunk;
  }
  return { chunk: text, encoding: first.encoding };
}
