import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { RawResponse } from '../load/response-reader.ts';
import type { OpenApiDocument } from './document.ts';
import type { FuzzedRequest } from './requests.ts';

/** Statuses that are allowed, even if undocumented, for requests that do not match the operation. */
const ANYWHERE = new Set([400, 404, 405, 408, 413, 414, 415, 417, 431]);

/** Returns a function that describes how a response violates the document, or returns undefined if it does not. */
export function createResponseCheck(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ ...document }, 'openapi');

  function mismatch(pointer: string, json: string): string | undefined {
    const validate = ajv.getSchema(`openapi#${pointer}`);
    if (validate === undefined) return `no schema at ${pointer}`;
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      return `not JSON: ${json}`;
    }
    return validate(value) ? undefined : `${ajv.errorsText(validate.errors)}: ${json}`;
  }

  function problemMismatch({ status, headers, body }: RawResponse): string | undefined {
    if (headers.get('content-type') !== 'application/problem+json')
      return `error response with content type ${headers.get('content-type')}`;
    const wrong = mismatch('/components/schemas/Problem', body);
    if (wrong !== undefined) return wrong;
    return body.includes(`"status":${status},`) ? undefined : `the body has a different status than ${status}: ${body}`;
  }

  return ({ operation, method, target }: FuzzedRequest, response: RawResponse): string | undefined => {
    const { status } = response;
    const matches = method === operation.method && matchesTemplate(operation.template, target);
    const declared = operation.responses[status];
    if (status >= 500 && !(matches && declared)) return `undeclared ${status}: ${response.body}`;
    if (matches && !declared && !ANYWHERE.has(status)) return `undeclared ${status}: ${response.body}`;
    if (method === 'HEAD') return undefined;
    const text = { ...response, body: Buffer.from(response.body, 'latin1').toString('utf8') };
    if (status >= 400) return problemMismatch(text);
    if (!matches || declared?.content === undefined) return undefined;
    const [path, verb] = [operation.template.replaceAll('/', '~1'), method.toLowerCase()];
    const escaped = encodeURIComponent(path).replaceAll('~', '~');
    return mismatch(`/paths/${escaped}/${verb}/responses/${status}/content/application~1json/schema`, text.body);
  };
}

function matchesTemplate(template: string, target: string): boolean {
  const [path = ''] = target.split('?');
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}
