import type { Socket } from 'node:net';
import { type HttpResponse, readResponse } from './http-response.ts';

export interface HttpConnections {
  /**
   * Sends a request and returns its response. Rejects with a {@link TimeoutError} after so many milliseconds, with the error of
   * the socket, or if the response is not valid or longer than 4 MiB.
   */
  exchange(head: string, body: Uint8Array, limitMs: number): Promise<HttpResponse>;
  /** Closes the connections that are idle. */
  close(): void;
}

export class TimeoutError extends Error {}

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Keeps connections to one server open for the next request. While idle, they do not keep the process alive.
 *
 * @param connect opens a connection.
 */
export function createHttpConnections(connect: () => Socket): HttpConnections {
  const idle: Connection[] = [];

  function take(): Connection {
    for (let connection = idle.pop(); connection; connection = idle.pop()) if (connection.isOpen) return connection;
    return new Connection(connect());
  }

  return {
    async exchange(head, body, limitMs) {
      const connection = take();
      const response = await connection.exchange(head, body, limitMs);
      if (response.persists) idle.push(connection);
      else connection.close();
      return response;
    },
    close() {
      for (const connection of idle.splice(0)) connection.close();
    },
  };
}

/** One exchange that waits for its response. */
interface Waiting {
  resolve(response: HttpResponse): void;
  reject(error: Error): void;
}

class Connection {
  readonly #socket: Socket;
  #received: Buffer = NOTHING;
  #waiting: Waiting | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#read(bytes, false));
    socket.on('end', () => this.#read(NOTHING, true));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(connectionLost()));
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  exchange(head: string, body: Uint8Array, limitMs: number): Promise<HttpResponse> {
    const exchanged = new Promise<HttpResponse>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    const timer = setTimeout(() => this.#fail(new TimeoutError('the server did not respond in time')), limitMs);
    this.#socket.ref();
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
    return exchanged.finally(() => {
      clearTimeout(timer);
      this.#waiting = undefined;
      this.#received = NOTHING;
      this.#socket.unref();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer, isEnd: boolean): void {
    // While idle: the server closes the connection, or sends what no request asked for.
    if (!this.#waiting) {
      this.close();
      return;
    }
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    try {
      if (this.#received.length > MAX_RESPONSE_BYTES) {
        throw new Error(`the response is longer than ${MAX_RESPONSE_BYTES} bytes`);
      }
      const response = readResponse(this.#received, isEnd);
      if (response) this.#waiting.resolve(response);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#socket.destroy();
  }
}

function connectionLost(): Error {
  return Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' });
}
