import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Records every request except those of the administrator and of the API server itself, writes with their bodies. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [
    { level: 'None', users: ['admin', 'system:apiserver', 'system:anonymous'] },
    { level: 'Request', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'Metadata' },
  ],
};

/** The fields that tests use, of an Event in the API group audit.k8s.io. */
export interface AuditEvent {
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the body of a request of any kind.
  readonly requestObject?: any;
  readonly responseStatus?: { readonly code: number; readonly reason?: string };
  /** RFC 3339, with microseconds: when the API server received the request, and when it had responded. */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

export interface AuditLog {
  /** Returns the events so far, in the order of their ends. */
  events(): readonly AuditEvent[];
  /** Returns the events that {@link isWrite} selects. */
  writes(): readonly AuditEvent[];
  /** Forgets the events so far. */
  clear(): void;
  /** Waits for an event. Rejects after `limitMs` (default: 30 s). */
  event(matches: (event: AuditEvent) => boolean, what: string, limitMs?: number): Promise<AuditEvent>;
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const NO_OBJECTS = new Set(['tokenreviews', 'subjectaccessreviews', 'selfsubjectaccessreviews']);

/** Returns whether the request changes or tries to change an object. Token reviews and the like do not. */
export function isWrite({ verb, objectRef }: AuditEvent): boolean {
  return WRITES.has(verb) && !NO_OBJECTS.has(objectRef?.resource ?? '');
}

/** Returns the pod that the token of a request is bound to. */
export function podOf({ user }: AuditEvent): string | undefined {
  return user.extra?.['authentication.kubernetes.io/pod-name']?.[0];
}

export function openAuditLog(path: string): AuditLog {
  const events: AuditEvent[] = [];
  let offset = 0;
  let rest = Buffer.alloc(0);

  function read(): readonly AuditEvent[] {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(fstatSync(file).size - offset);
      offset += readSync(file, buffer, 0, buffer.length, offset);
      // A read may end within a line, and within a character of it.
      const bytes = Buffer.concat([rest, buffer]);
      const end = bytes.lastIndexOf('\n') + 1;
      rest = bytes.subarray(end);
      for (const line of bytes.toString('utf8', 0, end).split('\n').slice(0, -1)) events.push(JSON.parse(line));
    } finally {
      closeSync(file);
    }
    return events;
  }

  return {
    events: read,
    writes: () => read().filter(isWrite),
    clear() {
      read();
      events.length = 0;
    },
    async event(matches, what, limitMs = 30_000) {
      const limit = performance.now() + limitMs;
      for (;;) {
        const found = read().find(matches);
        if (found !== undefined) return found;
        if (performance.now() > limit) throw new Error(`no ${what} in the audit log within ${limitMs} ms`);
        await delay(20);
      }
    },
  };
}
