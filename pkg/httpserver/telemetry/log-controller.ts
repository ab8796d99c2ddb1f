import { LogController } from 'fastify';

/** Leaves out the lines that we write ourselves, once and with more in them; keeps Fastify's own warnings. */
export class QuietLogController extends LogController {
  override incomingRequest(): void {}
  override requestCompleted(): void {}
  override defaultErrorLog(): void {}
  override routeNotFound(): void {}
}
