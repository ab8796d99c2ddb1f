import type { DestinationStream } from 'pino';

/**
 * Lines for a person. Undefined where pino-pretty is not installed: it is a development dependency, absent from the image.
 */
export async function prettyDestination(): Promise<DestinationStream | undefined> {
  try {
    const { default: pretty } = await import('pino-pretty');
    return pretty({ sync: true, ignore: 'service,version,environment', singleLine: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
