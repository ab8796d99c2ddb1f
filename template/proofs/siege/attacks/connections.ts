import { type Attack, addressesOf, firstStatus, openFrom, openMany, pause } from './attack.ts';

const SLOW = 200;
const SILENT = 300;
const HOLD_MS = 90_000;

/** Opens connections that send one header byte per second, and others that send nothing. */
export const slowHeaders: Attack = async ({ url, adminUrl, signal, count }) => {
  for (let round = 0; !signal.aborted; round++) {
    const slow = await openMany(url, addressesOf(6, round, 4), SLOW);
    const silent = [
      ...(await openMany(url, addressesOf(7, round, 4), SILENT)),
      ...(await openMany(adminUrl, addressesOf(7, round, 4), SILENT / 3)),
    ];
    for (const socket of slow) socket.write('GET /v1/flags HTTP/1.1\r\nHost: siege.example\r\nX: ');
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('x');
    }, 1000);
    const outcomes = [
      ...slow.map(async (socket) => count(`slow: ${await firstStatus(socket, HOLD_MS)}`)),
      ...silent.map(async (socket) => count(`silent: ${await firstStatus(socket, HOLD_MS)}`)),
    ];
    await Promise.race([Promise.all(outcomes), pause(HOLD_MS, signal)]);
    clearInterval(drip);
    for (const socket of [...slow, ...silent]) socket.destroy();
    await Promise.all(outcomes);
  }
};

const RESET_PERIOD_MS = 100;

/** Resets the connection in the middle of a body while the service waits for the rest. */
export const resets: Attack = async ({ url, token, signal, count }) => {
  for (let round = 0; !signal.aborted; round++) {
    const [address = ''] = addressesOf(8, Math.floor(round / 300), 1);
    const socket = openFrom(address, url);
    socket.write(
      `PUT /v1/flags/reset HTTP/1.1\r\nHost: siege.example\r\nAuthorization: Bearer ${token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"enabled":',
    );
    await pause(RESET_PERIOD_MS, signal);
    socket.resetAndDestroy();
    count('reset');
  }
};

const REBINDING_HOSTS = ['evil.example', 'evil.example:9091', 'localhost.evil.example', '127.0.0.1.evil.example'];

/** Sends what a page in an operator's browser could send to the admin listener by DNS rebinding. */
export const rebinding: Attack = async ({ adminUrl, signal, count }) => {
  for (let round = 0; !signal.aborted; round++) {
    const host = REBINDING_HOSTS[round % REBINDING_HOSTS.length] ?? '';
    for (const target of ['GET /config', 'GET /loglevel', 'PUT /loglevel']) {
      // The only address that the guard of the admin listener accepts as local.
      const socket = openFrom('127.0.0.1', adminUrl);
      const body = target.startsWith('PUT') ? '{"level":"info"}' : '';
      const lines = [
        `${target} HTTP/1.1`,
        `Host: ${host}`,
        `Origin: http://${host}`,
        `Sec-Fetch-Site: ${round % 2 === 0 ? 'same-origin' : 'cross-site'}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Connection: close',
      ];
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
      count(`${target} ${await firstStatus(socket, 5000)}`);
      socket.destroy();
    }
    await pause(1000, signal);
  }
};
