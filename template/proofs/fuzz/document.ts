import { Validator } from '@seriousme/openapi-schema-validator';

/** The subset of JSON Schema that the document uses. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema: JsonSchema;
}

interface Content {
  content?: Record<string, { schema: JsonSchema }>;
}

interface OperationObject {
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, JsonSchema> };
}

export interface Operation extends OperationObject {
  /** `/v1/items/{key}` */
  template: string;
  /** Upper case. */
  method: string;
}

/** Fetches the service's OpenAPI document. @throws Error if it is not valid. */
export async function fetchDocument(url: string): Promise<OpenApiDocument> {
  const document: unknown = await (await fetch(`${url}/openapi.json`)).json();
  if (typeof document !== 'object' || document === null) throw new Error('the OpenAPI document is not an object');
  const { valid, errors } = await new Validator().validate({ ...document });
  if (!valid) throw new Error(`not a valid OpenAPI document: ${JSON.stringify(errors)}`);
  return document as OpenApiDocument;
}

export function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, template, method: method.toUpperCase() })),
  );
}
