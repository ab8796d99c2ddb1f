import { isIP } from 'node:net';

/** Reports whether `text` is a host name, or an IP address without brackets; ports and wildcards are not allowed. */
export function isHostName(text: string): boolean {
  return (
    isIP(text) > 0 || (text.length <= 253 && /^[a-z\d](?:[\w-]*[a-z\d])?(?:\.[a-z\d](?:[\w-]*[a-z\d])?)*$/i.test(text))
  );
}
