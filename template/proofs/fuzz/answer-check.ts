import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from '../load/answer-reader.ts';
import type { OpenApiDocument } from './document.ts';
import type { FuzzedRequest } from './requests.ts';

/** What a server may answer to what is not a request for the operation at all, documented there or not. */
const ANYWHERE = new Set([400, 404, 405, 408, 413, 414, 415, 417, 431]);

/** @returns a function that says what is wrong with an answer; undefined when nothing is. */
export function createAnswerCheck(document: OpenApiDocument) {
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

  function problemMismatch({ status, headers, body }: Answer): string | undefined {
    if (headers.get('content-type') !== 'application/problem+json')
      return `error of type ${headers.get('content-type')}`;
    const wrong = mismatch('/components/schemas/Problem', body);
    if (wrong !== undefined) return wrong;
    return body.includes(`"status":${status},`) ? undefined : `another status than ${status}: ${body}`;
  }

  return ({ operation, method, target }: FuzzedRequest, answer: Answer): string | undefined => {
    const { status } = answer;
    const meant = method === operation.method && isOf(operation.template, target);
    const declared = operation.responses[status];
    if (status >= 500 && !(meant && declared)) return `undeclared ${status}: ${answer.body}`;
    if (meant && !declared && !ANYWHERE.has(status)) return `undeclared ${status}: ${answer.body}`;
    if (method === 'HEAD') return undefined;
    const text = { ...answer, body: Buffer.from(answer.body, 'latin1').toString('utf8') };
    if (status >= 400) return problemMismatch(text);
    if (!meant || declared?.content === undefined) return undefined;
    const [path, verb] = [operation.template.replaceAll('/', '~1'), method.toLowerCase()];
    const escaped = encodeURIComponent(path).replaceAll('~', '~');
    return mismatch(`/paths/${escaped}/${verb}/responses/${status}/content/application~1json/schema`, text.body);
  };
}

function isOf(template: string, target: string): boolean {
  const [path = ''] = target.split('?');
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}
