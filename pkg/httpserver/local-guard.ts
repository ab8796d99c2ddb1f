import type { Guard } from './access.ts';

/**
 * The peers that are this machine and nobody else's: the rest of 127.0.0.0/8 is not. A sidecar proxy hands on what it
 * was sent from 127.0.0.6 (Istio), and that may come from anywhere.
 */
const LOCAL = new Set(['127.0.0.1', '::1']);

/** Lets in who connects from this machine itself, as `kubectl port-forward` does. No header has a say in that. */
export const localGuard: Guard = ({ socket }) =>
  LOCAL.has(socket.remoteAddress ?? '')
    ? { principal: undefined }
    : {
        refused: 'not_local',
        problem: {
          status: 403,
          code: 'not_local',
          detail: 'Without authentication this answers only to 127.0.0.1 and ::1, as through kubectl port-forward.',
        },
      };
