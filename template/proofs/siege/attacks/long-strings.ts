import { type Attack, addressesOf, firstStatus, openFrom, pause } from './attack.ts';

const DIGITS = '1'.repeat(1_000_000);
const BODY = `{"enabled":true,"expiresAt":"2099-01-01T00:00:00.${DIGITS}Z"}`;
const PERIOD_MS = 250;

/** Writes flags whose `expiresAt` has a fraction of a million digits. */
export const longStrings: Attack = async ({ url, token, signal, count }) => {
  for (let round = 0; !signal.aborted; round++) {
    const [address = ''] = addressesOf(9, Math.floor(round / 300), 1);
    const socket = openFrom(address, url);
    socket.write(
      `PUT /v1/flags/zz-${round} HTTP/1.1\r\nHost: siege.example\r\nAuthorization: Bearer ${token}\r\nIf-None-Match: *\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`,
    );
    count(await firstStatus(socket, 10_000));
    socket.destroy();
    await pause(PERIOD_MS, signal);
  }
};
