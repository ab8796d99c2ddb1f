import type { IncomingHttpHeaders } from 'node:http';
import { MIMEType } from 'node:util';
import type { ProblemOptions } from '../problem/problem.ts';
import { UNSUPPORTED_MEDIA_TYPE } from '../problem/server-problems.ts';

const JSON_TYPE = 'application/json';

const UNSUPPORTED_CONTENT_CODING: ProblemOptions = {
  status: 415,
  code: 'unsupported_content_coding',
  detail: 'The body must be sent without a Content-Encoding.',
  headers: { 'accept-encoding': 'identity' },
};

/** Returns why a JSON body with these headers cannot be read, or undefined when it can. */
export function unsupportedJson(headers: IncomingHttpHeaders): ProblemOptions | undefined {
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'identity') return UNSUPPORTED_CONTENT_CODING;
  const type = headers['content-type'];
  return type === JSON_TYPE || isUtf8(type ?? '') ? undefined : UNSUPPORTED_MEDIA_TYPE;
}

function isUtf8(type: string): boolean {
  try {
    const charset = new MIMEType(type).params.get('charset');
    return charset === null || /^utf-?8$/i.test(charset);
  } catch {
    return false;
  }
}
